"""How often webhooks are tried, what they cost while nothing happens, and what a new start need not read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.sql import Composable

from adapters.postgres.reader import Reader
from tests.support.embedded_postgres import wait_until
from tests.support.hook_receiver import HookReceiver
from tests.support.hooks import add_named, names_in, register_hook, show_hook
from tests.support.keyroll_in_a_thread import KeyrollInAThread


def test_a_receiver_that_asks_to_be_left_alone_for_an_hour_is(
    sending: KeyrollInAThread, receiver: HookReceiver
) -> None:
    receiver.answer = lambda _: (503, b"full")
    receiver.headers["Retry-After"] = "3600"
    hook = register_hook(sending.http, receiver.url())
    add_named(sending.http, "One")
    wait_until(lambda: show_hook(sending.http, hook)["deliveries"]["attempts"] == 1)
    wait = datetime.fromisoformat(
        show_hook(sending.http, hook)["deliveries"]["next_attempt_at"]
    ) - datetime.now(UTC)
    assert timedelta(minutes=50) < wait <= timedelta(hours=1)
    assert len(receiver.messages) == 1


def test_what_nobody_wants_to_hear_of_is_not_read_again_at_each_start(
    sending: KeyrollInAThread, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.delivery_course.STRIDE", 3)
    hook = register_hook(sending.http, receiver.url(), event_types=["provider.created"])
    begun = hook["deliveries"]["position"]
    for number in range(4):
        register_hook(sending.http, receiver.url(f"/{number}"), event_types=["provider.deleted"])
    wait_until(lambda: show_hook(sending.http, hook)["deliveries"]["position"] >= begun + 3)
    add_named(sending.http, "One")
    wait_until(lambda: len(receiver.messages) == 1)
    wait_until(lambda: show_hook(sending.http, hook)["deliveries"]["last_delivered_at"] is not None)
    assert names_in(receiver.at("/hook")) == ["One"]


def test_webhooks_with_nothing_to_hear_cost_one_question_a_look(
    sending: KeyrollInAThread, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = [register_hook(sending.http, receiver.url(), event_types=["provider.created"]) for _ in range(3)]
    add_named(sending.http, "One")
    wait_until(
        lambda: all(show_hook(sending.http, hook)["deliveries"]["last_delivered_at"] for hook in hooks)
    )
    asked: list[str] = []
    rows = Reader.rows

    async def recording(reader: Reader, query: Any, parameters: Any = ()) -> list[tuple[Any, ...]]:
        asked.append(query.as_string() if isinstance(query, Composable) else query.decode())
        return await rows(reader, query, parameters)

    monkeypatch.setattr(Reader, "rows", recording)
    looks = "w.status = 'active'"
    wait_until(lambda: sum(looks in query for query in asked) >= 5)
    assert [query for query in asked if "webhook" in query and looks not in query] == []
