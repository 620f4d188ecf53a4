"""How servers that speak Chat Completions number, name and identify calls of tools, each in its way."""

from typing import Any

import pytest

from adapters.drivers.calls.chat import ChatDriver
from domain.call import ArgumentsCame, Broke, CallEvent, ToolUseBegan
from tests.adapters.drivers.calls.chat_cases import arguments, call_delta, chunk, whole
from tests.adapters.drivers.calls.chat_request_cases import whole_call
from tests.adapters.drivers.calls.contract import read, sse

DRIVER = ChatDriver()
STOPPED = chunk("stop")


def _read(*data: Any) -> list[CallEvent]:
    return read(DRIVER.events(), [sse(*data)])


def _calls(*data: Any) -> list[CallEvent]:
    return [event for event in _read(*data) if isinstance(event, ToolUseBegan | ArgumentsCame)]


def test_calls_without_numbers_are_told_apart_by_their_ids() -> None:
    first, second = whole_call("call_a", "now", "{}"), whole_call("call_b", "now", "[]")
    more = {"function": {"arguments": " "}}
    assert _calls(
        chunk(tool_calls=[first]), chunk(tool_calls=[more]), chunk(tool_calls=[second]), STOPPED
    ) == [
        ToolUseBegan(0, "call_a", "now"),
        ArgumentsCame(0, "{}"),
        ArgumentsCame(0, " "),
        ToolUseBegan(1, "call_b", "now"),
        ArgumentsCame(1, "[]"),
    ]


def test_calls_that_all_have_number_0_are_told_apart_by_their_ids() -> None:
    calls = [
        chunk(tool_calls=[whole_call(name, "now", "{}") | {"index": 0}]) for name in ("call_a", "call_b")
    ]
    begun = [event.id for event in _calls(*calls, STOPPED) if isinstance(event, ToolUseBegan)]
    assert begun == ["call_a", "call_b"]


def test_a_call_whose_id_and_name_come_with_every_piece_is_one() -> None:
    pieces = [call_delta(0, id="call_a", function={"name": "now", "arguments": text}) for text in ("{", "}")]
    assert _calls(*pieces, STOPPED) == [
        ToolUseBegan(0, "call_a", "now"),
        ArgumentsCame(0, "{"),
        ArgumentsCame(0, "}"),
    ]


def test_arguments_that_come_before_the_name_wait_for_it() -> None:
    pieces = (call_delta(0, id="call_a"), arguments(0, "{}"), call_delta(0, function={"name": "now"}))
    assert _calls(*pieces, STOPPED) == [ToolUseBegan(0, "call_a", "now"), ArgumentsCame(0, "{}")]


def test_a_name_that_comes_late_to_a_call_without_number_or_id_is_still_its_own() -> None:
    pieces = ({"function": {"arguments": "{"}}, {"function": {"name": "now", "arguments": "}"}})
    events = _calls(*(chunk(tool_calls=[piece]) for piece in pieces), STOPPED)
    assert [type(event) for event in events] == [ToolUseBegan, ArgumentsCame, ArgumentsCame]


def test_a_call_that_is_never_named_makes_the_answer_malformed() -> None:
    events = _read(arguments(0, "{}"), STOPPED)
    assert [event.kind for event in events if isinstance(event, Broke)] == ["malformed"]


def test_calls_without_ids_get_ones_that_differ_and_are_the_same_for_the_same_answer() -> None:
    nameless = {"type": "function", "function": {"name": "now", "arguments": "{}"}}
    body = whole("tool_calls", tool_calls=[nameless, nameless])

    def ids(answer: bytes) -> list[str]:
        return [event.id for event in DRIVER.whole(answer) if isinstance(event, ToolUseBegan)]

    first, second = ids(body)
    assert first != second
    assert ids(body) == [first, second]
    assert ids(body.replace(b"chatcmpl-1", b"chatcmpl-2"))[0] not in (first, second)
    assert max(map(len, (first, second))) <= 40


def test_geminis_signature_of_a_call_is_kept() -> None:
    signed = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
    call = whole_call("call_a", "now", "{}") | signed
    assert DRIVER.whole(whole("tool_calls", tool_calls=[call]))[1] == ToolUseBegan(0, "call_a", "now", "c2ln")


@pytest.mark.parametrize("extra", [[], {"google": "x"}, {"google": {"thought_signature": 7}}])
def test_extra_content_of_another_form_is_passed_over(extra: Any) -> None:
    call = whole_call("call_a", "now", "{}") | {"extra_content": extra}
    assert DRIVER.whole(whole("tool_calls", tool_calls=[call]))[1] == ToolUseBegan(0, "call_a", "now")
