import uuid
from datetime import timedelta

import pytest

from domain.change import KEEP
from domain.errors import Invalid
from domain.webhook import (
    ParkReason,
    Webhook,
    WebhookDeleted,
    WebhookParked,
    WebhookPaused,
    WebhookResumed,
    WebhookStatus,
    address,
    change,
    delete,
    evolve,
    keys_let_go,
    park,
    pause,
    resume,
    retire_former_secret,
    rotate_secret,
)
from tests.support.examples import HOOK, NOON

ACTIVE = Webhook(subscription=HOOK, signing_key_id=uuid.UUID(int=1))
PAUSED = ACTIVE.model_copy(update={"status": WebhookStatus.PAUSED})
PARKED = ACTIVE.model_copy(update={"status": WebhookStatus.PARKED})
DELETED = ACTIVE.model_copy(update={"deleted": True})


def test_a_webhook_is_paused_once_and_a_parked_one_is_parked_no_more() -> None:
    assert pause(ACTIVE) == (WebhookPaused(url=HOOK.url),)
    assert pause(PAUSED) == ()
    resumed, paused = pause(PARKED)
    assert (resumed, paused) == (
        WebhookResumed(url=HOOK.url, before=WebhookStatus.PARKED),
        WebhookPaused(url=HOOK.url),
    )
    assert evolve(evolve(PARKED, resumed), paused) == PAUSED


def test_only_a_live_active_webhook_is_parked() -> None:
    parked = WebhookParked(url=HOOK.url, reason=ParkReason.GONE, message="HTTP 410")
    assert park(ACTIVE, ParkReason.GONE, "HTTP 410") == (parked,)
    assert [park(state, ParkReason.GONE, "") for state in (PAUSED, PARKED, DELETED)] == [()] * 3


@pytest.mark.parametrize("state", [PAUSED, PARKED])
def test_what_waits_is_resumed(state: Webhook) -> None:
    assert resume(state) == (WebhookResumed(url=HOOK.url, before=state.status),)
    assert resume(ACTIVE) == ()


def test_a_second_deletion_and_a_change_to_what_is_change_nothing() -> None:
    assert delete(ACTIVE) == (WebhookDeleted(url=HOOK.url),)
    assert delete(DELETED) == ()
    assert change(ACTIVE, KEEP, KEEP) == change(ACTIVE, HOOK.url, HOOK.event_types) == ()


def test_an_address_that_may_hold_a_secret_is_none() -> None:
    assert address("https://Hooks.example.com/a/") == "https://hooks.example.com/a/"
    with pytest.raises(Invalid, match="no query"):
        address("https://hooks.example.com/?key=1")


def test_of_three_keys_two_are_held_and_the_others_let_go() -> None:
    first, second, third = (uuid.UUID(int=number) for number in (1, 2, 3))
    (event,) = rotate_secret(ACTIVE, second, NOON)
    once = evolve(ACTIVE, event)
    assert (once.signing_key_id, once.former_key_id, once.former_until) == (second, first, NOON)
    assert keys_let_go(ACTIVE, once) == []
    twice = evolve(once, rotate_secret(once, third, NOON)[0])
    assert (twice.signing_key_id, twice.former_key_id) == (third, second)
    assert keys_let_go(once, twice) == [first]
    at_once = evolve(once, rotate_secret(once, third, None)[0])
    assert (at_once.former_key_id, keys_let_go(once, at_once)) == (None, [first, second])
    assert keys_let_go(twice, evolve(twice, delete(twice)[0])) == [second, third]


def test_a_former_key_is_retired_once_its_time_is_over_and_only_once() -> None:
    state = evolve(ACTIVE, rotate_secret(ACTIVE, uuid.UUID(int=2), NOON)[0])
    assert retire_former_secret(state, NOON - timedelta(seconds=1)) == ()
    (retired,) = retire_former_secret(state, NOON)
    after = evolve(state, retired)
    assert keys_let_go(state, after) == [ACTIVE.signing_key_id]
    assert retire_former_secret(after, NOON) == ()
    assert retire_former_secret(evolve(state, delete(state)[0]), NOON) == ()
