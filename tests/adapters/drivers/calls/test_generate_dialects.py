"""Gemini's answers that no document shows, and where its requests go."""

import json
from typing import Any

import pytest

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.generate_content import GenerateContentDriver
from domain.call import Broke, Call, CallEvent, Ended, StopReason, ToolUseBegan
from domain.conversation import Message, Role, Text
from tests.adapters.drivers.calls.contract import KEY, read, sse
from tests.adapters.drivers.calls.generate_wire import chunk, compact, function, text

DRIVER = GenerateContentDriver()
HELLO = (Message(Role.USER, (Text("Hello"),)),)


def events_of(*chunks: object) -> list[CallEvent]:
    return read(DRIVER.events(), [sse(*chunks)])


def broke(events: list[CallEvent]) -> Broke:
    assert isinstance(events[-1], Broke)
    return events[-1]


@pytest.mark.parametrize(
    ("stream", "method"), [(False, "generateContent"), (True, "streamGenerateContent?alt=sse")]
)
def test_the_model_and_the_method_are_in_the_url_and_the_key_is_not(stream: bool, method: str) -> None:
    call = Call(messages=HELLO, stream=stream)
    request = DRIVER.request(call, CallModel("gemini-9"), KEY, "https://a.example/v1beta/")
    assert request.url == f"https://a.example/v1beta/models/gemini-9:{method}"
    assert request.headers["x-goog-api-key"] == KEY
    assert KEY.reveal() not in request.url


def test_no_models_name_leads_elsewhere() -> None:
    request = DRIVER.request(Call(messages=HELLO), CallModel("../x?y#z"), KEY, "https://a.example")
    assert request.url == "https://a.example/models/..%2Fx%3Fy%23z:generateContent"


def test_a_call_without_an_id_gets_one_that_is_the_same_for_the_same_answer_and_for_no_other() -> None:
    def ids(**more: Any) -> list[str]:
        events = events_of(chunk(function("Oslo"), function("Oslo"), finish="STOP", **more))
        return [event.id for event in events if isinstance(event, ToolUseBegan)]

    assert ids() == ids()
    assert len({*ids(), *ids(responseId="resp-2")}) == 4
    assert ids(responseId=None) == ids(responseId=None)
    assert all(len(made) <= 40 for made in ids())


def test_a_function_without_a_name_is_malformed() -> None:
    assert broke(events_of(chunk({"functionCall": {"args": {}}}))).kind == "malformed"


def test_media_in_an_answer_is_told_and_not_lost() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
    assert broke(events_of(chunk(image, finish="STOP"))).kind == "unsupported"


def test_a_stream_without_a_reason_to_stop_was_cut_off_and_a_whole_answer_without_one_is_malformed() -> None:
    assert broke(events_of(chunk(text("Hel")))).kind == "cut_off"
    assert broke(DRIVER.whole(compact(chunk(text("Hel"))).encode())).kind == "malformed"


def test_a_prompt_that_is_let_through_is_not_blocked() -> None:
    last = events_of(chunk(text("Yes"), finish="STOP", promptFeedback={"safetyRatings": []}))[-1]
    assert isinstance(last, Ended)
    assert last.reason is StopReason.END


def test_usage_after_the_reason_to_stop_counts() -> None:
    later = {"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2}, "responseId": "resp-1"}
    last = events_of(chunk(text("Yes"), finish="STOP"), later)[-1]
    assert isinstance(last, Ended)
    assert (last.usage.input, last.usage.output, last.usage.reasoning) == (1, 2, None)


def test_an_error_in_an_array_is_read_in_a_stream_and_as_a_whole() -> None:
    error = {"error": {"code": 429, "message": "Slow down", "status": "RESOURCE_EXHAUSTED"}}
    for events in (events_of([error]), DRIVER.whole(json.dumps([error]).encode())):
        assert (broke(events).kind, broke(events).status) == ("rate_limited", 429)
        assert "Slow down" in broke(events).message


def test_an_array_of_chunks_is_an_answer_too() -> None:
    chunks = [chunk(text("Hel")), chunk(text("lo"), finish="STOP")]
    assert DRIVER.whole(json.dumps(chunks).encode()) == events_of(*map(compact, chunks))


@pytest.mark.parametrize("code", [None, "UNAVAILABLE", 200, 10**6, True])
def test_an_error_of_no_status_is_the_vendors(code: object) -> None:
    assert broke(events_of({"error": {"code": code, "message": "No"}})).kind == "vendor_error"
