import uuid

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
    park,
    pause,
    resume,
)
from tests.support.examples import HOOK

ACTIVE = Webhook(subscription=HOOK, signing_key_id=uuid.UUID(int=1))
PAUSED = ACTIVE.model_copy(update={"status": WebhookStatus.PAUSED})
PARKED = ACTIVE.model_copy(update={"status": WebhookStatus.PARKED})
DELETED = ACTIVE.model_copy(update={"deleted": True})


def test_only_an_active_webhook_is_paused() -> None:
    assert pause(ACTIVE) == (WebhookPaused(url=HOOK.url),)
    assert pause(PAUSED) == pause(PARKED) == ()


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
