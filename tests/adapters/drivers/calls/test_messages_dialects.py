"""Anthropic's answers that no document shows, and what proxies make of them."""

import json
from typing import Any

import pytest

from adapters.drivers.calls.messages import MessagesDriver
from domain.call import ArgumentsCame, Broke, CallEvent, Ended, ReasoningEnded, StopReason, TextCame
from tests.adapters.drivers.calls.contract import read
from tests.adapters.drivers.calls.messages_wire import (
    OSLO,
    delta,
    event,
    message,
    said,
    start,
    stop,
    stream,
    texts,
    whole,
)

DRIVER = MessagesDriver()


def events_of(body: bytes) -> list[CallEvent]:
    return read(DRIVER.events(), [body])


def broke(events: list[CallEvent]) -> Broke:
    assert isinstance(events[-1], Broke)
    return events[-1]


def test_an_answer_that_speaks_before_it_begins_is_malformed() -> None:
    assert broke(events_of(texts(0, "Yes"))).kind == "malformed"


def test_a_second_beginning_is_no_beginning() -> None:
    again = event("message_start", message=message())
    assert events_of(stream(again, texts(0, "Yes")))[1] == TextCame("Yes")


def test_an_end_without_a_reason_is_malformed() -> None:
    begun = event("message_start", message=message())
    assert broke(events_of(begun + event("message_stop"))).kind == "malformed"
    assert broke(events_of(event("message_stop"))).kind == "malformed"
    assert broke(DRIVER.whole(json.dumps(message(said("Yes"))).encode())).kind == "malformed"


def test_a_reason_to_stop_without_the_end_is_cut_off() -> None:
    body = stream(texts(0, "Yes")).removesuffix(event("message_stop"))
    assert body != stream(texts(0, "Yes"))
    assert broke(events_of(body)).kind == "cut_off"


@pytest.mark.parametrize("nameless", [{"id": "toolu_a"}, {"name": "weather"}])
def test_a_tool_without_a_name_or_an_id_is_malformed(nameless: dict[str, Any]) -> None:
    assert broke(events_of(stream(start(0, "tool_use", **nameless)))).kind == "malformed"


def test_what_belongs_to_no_open_block_is_passed_over() -> None:
    lost = delta(7, "text_delta", text="lost") + stop(7)
    assert events_of(stream(lost, texts(0, "Yes")))[1:-1] == [TextCame("Yes")]


def test_a_tool_whose_arguments_come_with_its_start_has_them() -> None:
    block = start(0, "tool_use", id="toolu_a", name="weather", input={"city": "Oslo"}) + stop(0)
    (arguments,) = [one for one in events_of(stream(block)) if isinstance(one, ArgumentsCame)]
    assert json.loads(arguments.text) == json.loads(OSLO)


def test_arguments_are_told_as_the_model_wrote_them_whatever_numbers_are_in_them() -> None:
    odd = b'{"n":12345678901234567890123,"x":1.10}'
    answer = whole({"type": "tool_use", "id": "a", "name": "b", "input": "ODD"}, why="tool_use")
    (arguments,) = [
        one for one in DRIVER.whole(answer.replace(b'"ODD"', odd)) if isinstance(one, ArgumentsCame)
    ]
    assert arguments.text == odd.decode()


def test_thoughts_that_come_with_their_start_are_whole() -> None:
    block = start(0, "thinking", thinking="Hm.", signature="c2ln") + stop(0)
    (thought,) = [one for one in events_of(stream(block)) if isinstance(one, ReasoningEnded)]
    assert (thought.text, thought.signature) == ("Hm.", "c2ln")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("invalid_request_error", ("invalid_request", 400)),
        ("authentication_error", ("key_rejected", 502)),
        ("rate_limit_error", ("rate_limited", 429)),
        ("timeout_error", ("timeout", 504)),
        ("api_error", ("vendor_error", 502)),
        (None, ("vendor_error", 502)),
    ],
)
def test_an_error_in_the_stream_has_the_kind_of_its_status(kind: object, told: tuple[str, int]) -> None:
    error = event("error", error={"type": kind, "message": "No"})
    last = broke(events_of(error))
    assert (last.kind, last.status) == told


def test_a_silent_count_of_tokens_is_no_count() -> None:
    document = json.loads(whole(said("Yes"))) | {"usage": None}
    last = DRIVER.whole(json.dumps(document).encode())[-1]
    assert isinstance(last, Ended)
    assert last.reason is StopReason.END
    assert (last.usage.input, last.usage.output) == (None, None)
