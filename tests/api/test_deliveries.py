"""What webhooks are told: signed, in order, at least once, each for itself; and when one is parked."""

import threading
import time

import httpx
import pytest

from tests.support.embedded_postgres import wait_until
from tests.support.hook_receiver import Answer, HookReceiver, Message, is_signed
from tests.support.hooks import HOOKS, add_named, names_in, register_hook, show_hook
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_provider, delete, done, items
from tests.support.tables import end_all_connections


def _is(http: httpx.Client, hook: Json, status: str) -> bool:
    return bool(show_hook(http, hook)["status"] == status)


def test_an_event_comes_signed_as_the_feed_tells_it(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url())
    add_named(sending.http, "One")
    wait_until(lambda: len(receiver.messages) == 1)
    (message,) = receiver.messages
    (told,) = done(sending.http.get("/v1/events", params={"after": hook["deliveries"]["position"]}))["data"]
    assert message.event == told
    assert message.id == f"msg_{hook['id'].replace('-', '')}_{told['position']}"
    assert message.headers["content-type"] == "application/json"
    assert abs(int(message.headers["webhook-timestamp"]) - time.time()) < 60
    assert is_signed(message, hook["secret"])
    assert not is_signed(Message(message.id, message.path, message.headers, b"{}"), hook["secret"])


def test_events_come_in_the_order_of_the_log_and_those_not_wanted_do_not(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url(), event_types=["provider.created"])
    names = [f"p{number}" for number in range(8)]
    for name in names:
        provider = add_provider(sending.http, name, api_key=None)
        done(sending.http.patch(f"/v1/llm-providers/{provider['id']}", json={"name": f"{name} again"}))
    wait_until(lambda: len(receiver.messages) == len(names))
    assert names_in(receiver.messages) == names
    wait_until(lambda: show_hook(sending.http, hook)["deliveries"]["waiting"] == 0)
    shown = show_hook(sending.http, hook)["deliveries"]
    assert (shown["attempts"], shown["last_error"], shown["failing_since"]) == (0, None, None)
    assert shown["last_delivered_at"] is not None


@pytest.mark.parametrize("answer", [(503, b"try later"), (302, b""), (400, b"no")])
def test_what_is_not_taken_is_sent_again_under_the_same_id_and_nothing_overtakes_it(
    sending: KeyrollInAThread, receiver: HookReceiver, answer: Answer
) -> None:
    failures = iter([answer, answer])
    receiver.answer = lambda _: next(failures, (200, b"ok"))
    register_hook(sending.http, receiver.url())
    add_named(sending.http, "One", "Two")
    wait_until(lambda: len(receiver.messages) == 4)
    assert names_in(receiver.messages) == ["One", "One", "One", "Two"]
    assert len({message.id for message in receiver.messages}) == 2
    assert receiver.at("/elsewhere") == [], "redirects are not followed"


def test_a_receiver_that_does_not_answer_in_time_is_tried_again(
    sending: KeyrollInAThread, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.delivery.DEADLINE", 0.3)
    released = threading.Event()

    def slow(_: Message) -> Answer:
        if len(receiver.messages) == 1:
            released.wait(30)
        return 200, b""

    receiver.answer = slow
    register_hook(sending.http, receiver.url())
    add_named(sending.http, "One")
    wait_until(lambda: len(receiver.messages) == 2)
    released.set()
    assert names_in(receiver.messages) == ["One", "One"]


def test_after_the_last_retry_it_is_parked_visibly_and_holds_up_nobody(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    key = "sk-proj-0123456789abcdef0123"
    words = f"no room for {key}, {'x' * 400}".encode()
    receiver.answer = lambda message: (500, words) if message.path == "/dead" else (200, b"")
    dead, alive = (
        register_hook(sending.http, receiver.url("/dead")),
        register_hook(sending.http, receiver.url()),
    )
    add_named(sending.http, "One", "Two")
    wait_until(lambda: _is(sending.http, dead, "parked"))
    shown = show_hook(sending.http, dead)
    assert shown["reason"] == "exhausted"
    deliveries = shown["deliveries"]
    assert deliveries["attempts"] == 3
    assert deliveries["next_attempt_at"] is None
    assert deliveries["failing_since"] <= shown["status_since"]
    assert deliveries["last_error"].startswith("HTTP 500: no room for")
    assert key not in deliveries["last_error"]
    assert len(deliveries["last_error"]) <= len("HTTP 500: ") + 200
    assert len(receiver.at("/dead")) == 3
    assert len({message.id for message in receiver.at("/dead")}) == 1
    wait_until(lambda: len(receiver.at("/hook")) == 3)
    heard = [message.event["type"] for message in receiver.at("/hook")]
    assert heard.count("provider.created.v1") == 2
    assert "webhook.parked.v1" in heard
    parked = next(items(sending.http, "/v1/audit-events", action="webhook.parked"))
    assert (parked["actor"], parked["subject_id"]) == ("keyroll", dead["id"])
    assert _is(sending.http, alive, "active")


def test_a_resumed_webhook_goes_on_where_it_stopped(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    receiver.answer = lambda _: (500, b"")
    hook = register_hook(sending.http, receiver.url(), event_types=["provider.created"])
    add_named(sending.http, "One", "Two", "Three")
    wait_until(lambda: _is(sending.http, hook, "parked"))
    assert show_hook(sending.http, hook)["deliveries"]["waiting"] == 3
    receiver.messages.clear()
    receiver.answer = lambda _: (200, b"")
    done(sending.http.post(f"{HOOKS}/{hook['id']}/resume"))
    wait_until(lambda: len(receiver.messages) == 3)
    assert names_in(receiver.messages) == ["One", "Two", "Three"]


def test_a_parked_webhook_may_be_paused_and_is_told_nothing_until_it_is_resumed(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    receiver.answer = lambda _: (410, b"")
    hook = register_hook(sending.http, receiver.url(), event_types=["provider.created"])
    add_named(sending.http, "One")
    wait_until(lambda: _is(sending.http, hook, "parked"))
    paused = done(sending.http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))
    assert (paused["status"], paused["reason"]) == ("paused", None)
    receiver.answer = lambda _: (200, b"")
    add_named(sending.http, "Two")
    assert show_hook(sending.http, hook)["deliveries"]["waiting"] == 2
    done(sending.http.patch(f"{HOOKS}/{hook['id']}", json={"status": "active"}))
    wait_until(lambda: len(receiver.messages) == 3)
    assert names_in(receiver.messages) == ["One", "One", "Two"]


def test_a_receiver_that_is_gone_for_good_is_parked_at_once(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    receiver.answer = lambda _: (410, b"")
    hook = register_hook(sending.http, receiver.url())
    add_named(sending.http, "One")
    wait_until(lambda: _is(sending.http, hook, "parked"))
    assert show_hook(sending.http, hook)["reason"] == "gone"
    assert len(receiver.messages) == 1


def test_a_receiver_that_is_not_there_is_waited_for(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, "http://127.0.0.1:1/nobody")
    add_named(sending.http, "One")
    wait_until(lambda: show_hook(sending.http, hook)["deliveries"]["attempts"] > 0)
    assert show_hook(sending.http, hook)["deliveries"]["last_error"].startswith("unreachable: ")
    done(sending.http.patch(f"{HOOKS}/{hook['id']}", json={"url": receiver.url(), "status": "active"}))
    wait_until(lambda: len(receiver.messages) > 0)
    assert receiver.messages[0].event["data"] == {
        "name": "One",
        "endpoint": {"provider_type": "openai", "base_url": None},
    }


@pytest.mark.parametrize("upkeep_every", [0.05])
def test_a_paused_webhook_is_told_nothing_and_a_deleted_one_is_forgotten(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url())
    add_named(sending.http, "One")
    wait_until(lambda: len(receiver.messages) == 1)
    done(sending.http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))
    other = register_hook(sending.http, receiver.url("/other"))
    add_named(sending.http, "Two")
    wait_until(lambda: len(receiver.at("/other")) == 1)
    assert names_in(receiver.at("/hook"))[:1] == ["One"]
    assert "Two" not in str([message.event for message in receiver.at("/hook")])
    for one in (hook, other):
        delete(sending.http, f"{HOOKS}/{one['id']}")
    wait_until(lambda: not _noted(sending))


def _noted(sending: KeyrollInAThread) -> int:
    found = sending.core.store.log.run(
        lambda connection: connection.execute(b"SELECT count(*) FROM webhook_deliveries").fetchone()
    )
    assert found is not None
    return int(found[0])


def test_ended_connections_lose_no_message(
    sending: KeyrollInAThread, receiver: HookReceiver, conninfo: str
) -> None:
    register_hook(sending.http, receiver.url(), event_types=["provider.created"])
    names = [f"p{number}" for number in range(6)]
    for name in names:
        add_named(sending.http, name)
        end_all_connections(conninfo)
    wait_until(lambda: len({message.id for message in receiver.messages}) == len(names))
    assert list(dict.fromkeys(names_in(receiver.messages))) == names


def test_a_test_message_is_sent_once_whatever_the_state(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url())
    done(sending.http.patch(f"{HOOKS}/{hook['id']}", json={"status": "paused"}))
    receiver.messages.clear()
    assert done(sending.http.post(f"{HOOKS}/{hook['id']}/test")) == {"delivered": True, "message": None}
    (message,) = receiver.messages
    assert message.event["type"] == "webhook.test"
    assert is_signed(message, hook["secret"])
    receiver.answer = lambda _: (401, b"who are you?")
    outcome = done(sending.http.post(f"{HOOKS}/{hook['id']}/test"))
    assert outcome == {"delivered": False, "message": "HTTP 401: who are you?"}


def test_a_signing_key_that_is_gone_or_does_not_open_is_told(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    hook = register_hook(sending.http, receiver.url())
    run = sending.core.store.log.run
    run(lambda connection: connection.execute(b"UPDATE sealed_keys SET sealed = sealed || '\\x00'"))
    broken = done(sending.http.post(f"{HOOKS}/{hook['id']}/test"))
    assert "cannot be opened" in broken["message"]
    run(lambda connection: connection.execute(b"DELETE FROM sealed_keys"))
    lost = done(sending.http.post(f"{HOOKS}/{hook['id']}/test"))
    assert "rotate-secret" in lost["message"]
    assert receiver.messages == []
    done(sending.http.post(f"{HOOKS}/{hook['id']}/rotate-secret", json={}))
    assert done(sending.http.post(f"{HOOKS}/{hook['id']}/test"))["delivered"]
