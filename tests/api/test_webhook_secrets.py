"""A webhook's secret is replaced: for a while both sign, then the former one is gone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from api.commands.bootstrap import organization_of
from api.commands.caller import Caller
from api.commands.core import WEBHOOK, Core
from api.commands.webhooks import register_webhook, retire_webhook_secret, rotate_webhook_secret
from api.http import problems_list as kinds
from domain.access import Role
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.embedded_postgres import wait_until
from tests.support.hook_receiver import HookReceiver, Message, is_signed
from tests.support.hooks import HOOKS, add_named, register_hook, show_hook
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, delete, done, items, problem

URL = "http://127.0.0.1:1/refused"


def _rotate(http: httpx.Client, hook: Json, **fields: int) -> Json:
    return done(http.post(f"{HOOKS}/{hook['id']}/rotate-secret", json=fields))


def _message(http: httpx.Client, receiver: HookReceiver, hook: Json) -> Message:
    assert done(http.post(f"{HOOKS}/{hook['id']}/test"))["delivered"]
    return [message for message in receiver.messages if message.event["type"] == "webhook.test"][-1]


def _kept(keyroll: DocumentedKeyroll, hook: Json) -> int:
    return len(keyroll.sql("SELECT key_id FROM sealed_keys WHERE provider_id = %s", hook["id"]))


def test_for_a_while_messages_bear_both_signatures(sending: KeyrollInAThread, receiver: HookReceiver) -> None:
    hook = register_hook(sending.http, receiver.url(), event_types=["provider.created"])
    rotated = _rotate(sending.http, hook)
    until = datetime.fromisoformat(rotated["former_secret_until"])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(hours=24)
    add_named(sending.http, "One")
    wait_until(lambda: len(receiver.messages) == 1)
    for message in (receiver.messages[0], _message(sending.http, receiver, hook)):
        assert len(message.headers["webhook-signature"].split(" ")) == 2
        assert is_signed(message, rotated["secret"])
        assert is_signed(message, hook["secret"])


def test_without_an_overlap_the_former_secret_signs_nothing_any_more(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url())
    rotated = _rotate(sending.http, hook, overlap_hours=0)
    assert rotated["former_secret_until"] is None
    message = _message(sending.http, receiver, hook)
    assert is_signed(message, rotated["secret"])
    assert not is_signed(message, hook["secret"])


@pytest.mark.parametrize("upkeep_every", [0.05])
def test_when_the_overlap_is_over_the_former_secret_is_destroyed(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url())
    caller = Caller(organization_of("default"), "ada", Role.ADMIN, "request")
    overlap = timedelta(milliseconds=1)
    rotated = rotate_webhook_secret(sending.core, caller, UUID(hook["id"]), overlap)
    wait_until(lambda: show_hook(sending.http, hook)["former_secret_until"] is None)
    message = _message(sending.http, receiver, hook)
    assert is_signed(message, rotated.row.signing_key.reveal())
    assert not is_signed(message, hook["secret"])
    told = [event["action"] for event in items(sending.http, "/v1/audit-events", subject=hook["id"])]
    assert told == ["webhook.former_secret_retired", "webhook.secret_rotated", "webhook.registered"]


def test_two_secrets_sign_at_most_and_what_signs_no_more_is_destroyed(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    hook = register_hook(http, URL)
    kept = []
    for hours in (1, 1, 0, 1):
        _rotate(http, hook, overlap_hours=hours)
        kept.append(_kept(keyroll, hook))
    assert kept == [2, 2, 1, 2]
    delete(http, f"{HOOKS}/{hook['id']}")
    assert _kept(keyroll, hook) == 0


def test_a_repeated_rotation_is_done_once_and_shows_no_secret_again(
    http: httpx.Client, keyroll: DocumentedKeyroll
) -> None:
    hook = register_hook(http, URL)
    path, key = f"{HOOKS}/{hook['id']}/rotate-secret", {"Idempotency-Key": "rotate"}
    first = done(http.post(path, json={}, headers=key))
    assert done(http.post(path, json={}, headers=key)) == {**first, "secret": None}
    assert first["secret"].startswith("whsec_")
    assert first["secret"] not in http.get("/v1/events").text + http.get(HOOKS).text
    assert _kept(keyroll, hook) == 2


def test_a_secret_is_replaced_at_the_version_that_was_seen(http: httpx.Client) -> None:
    hook = register_hook(http, URL)
    path, seen = f"{HOOKS}/{hook['id']}/rotate-secret", {"If-Match": '"1"'}
    assert done(http.post(path, json={}, headers=seen))["version"] == 2
    problem(http.post(path, json={}, headers=seen), kinds.VERSION_MISMATCH)


@pytest.mark.parametrize("hours", [-1, 169, 1.5])
def test_an_overlap_is_a_number_of_hours_up_to_a_week(http: httpx.Client, hours: object) -> None:
    hook = register_hook(http, URL)
    path = f"{HOOKS}/{hook['id']}/rotate-secret"
    problem(http.post(path, json={"overlap_hours": hours}), kinds.INVALID)
    assert show_hook(http, hook)["version"] == 1


def test_a_former_secret_is_not_retired_before_its_time(core: Core, ada: Caller) -> None:
    hook = register_webhook(core, ada, url="https://hooks.example.com/", event_types=[]).row.row
    rotated = rotate_webhook_secret(core, ada, hook.id, timedelta(hours=1)).row.row
    retire_webhook_secret(core, ada, hook.id)
    assert core.store.load(WEBHOOK, hook.id).row == rotated
