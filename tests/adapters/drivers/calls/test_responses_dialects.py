"""What servers that speak Responses do differently from OpenAI, and what OpenAI alone refuses."""

from typing import Any

import msgspec
import pytest

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.openai_itself import is_openai_itself
from adapters.drivers.calls.responses import ResponsesDriver
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    Call,
    CallEvent,
    Ended,
    Inexpressible,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    ToolUseBegan,
)
from domain.conversation import Message, Protocol, Reasoning, Role
from tests.adapters.drivers.calls.contract import read
from tests.adapters.drivers.calls.responses_cases import BEGAN, COUNTED
from tests.adapters.drivers.calls.responses_request_cases import HELLO
from tests.adapters.drivers.calls.responses_wire import (
    USAGE,
    call,
    framed,
    message,
    response,
    said,
    thought,
    whole,
)

DRIVER = ResponsesDriver()
CREATED = {"type": "response.created", "response": response("in_progress")}
COMPLETED = {"type": "response.completed", "response": response("completed", usage=USAGE)}


def events_of(*events: dict[str, Any]) -> list[CallEvent]:
    return read(DRIVER.events(), [framed(*events)])


def item_event(kind: str, item: dict[str, Any] | None, index: int = 0) -> dict[str, Any]:
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": item}


@pytest.mark.parametrize("kind", ["response.reasoning_text", "response.reasoning"])
def test_thoughts_that_are_no_summary_come_by_either_name(kind: str) -> None:
    item = {"id": "rs_1", "type": "reasoning", "summary": []}
    content = [{"type": "reasoning_text", "text": "Cold."}]
    events = events_of(
        CREATED,
        item_event("added", item),
        {"type": f"{kind}.delta", "output_index": 0, "content_index": 0, "delta": "Co"},
        {"type": f"{kind}.delta", "output_index": 0, "content_index": 0, "delta": "ld."},
        {"type": f"{kind}.done", "output_index": 0, "content_index": 0, "text": "Cold."},
        item_event("done", item | {"content": content}),
        COMPLETED,
    )
    assert events[1:-1] == [
        ReasoningCame(0, "Co"),
        ReasoningCame(0, "ld."),
        ReasoningEnded(0, "Cold.", Protocol.RESPONSES, id="rs_1"),
    ]


def test_items_and_events_of_unknown_types_are_passed_over_whatever_their_form() -> None:
    search = {"id": "ws_1", "type": "web_search_call", "arguments": {"q": 1}, "content": "x", "name": []}
    events = events_of(
        CREATED,
        item_event("added", search),
        {"type": "response.web_search_call.searching", "output_index": "first", "delta": {}},
        item_event("done", search),
        item_event("added", None, 1),
        {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Found"},
        COMPLETED,
    )
    assert events == [BEGAN, TextCame("Found"), Ended(StopReason.END, COUNTED)]


def test_items_that_come_whole_are_told_when_they_are_done_and_only_once() -> None:
    refusal = message(said("Hm."), {"type": "refusal", "refusal": "No."})
    events = events_of(
        CREATED,
        item_event("done", refusal, 0),
        item_event("done", thought("Cold."), 1),
        item_event("done", call("call_a", "now", "{}"), 2),
        item_event("done", call("call_a", "now", "{}"), 2),
        COMPLETED,
    )
    assert events[1:] == [
        TextCame("Hm."),
        RefusalCame("No."),
        ReasoningCame(0, "Cold."),
        ReasoningEnded(0, "Cold.", Protocol.RESPONSES, id="rs_1"),
        ToolUseBegan(0, "call_a", "now"),
        ArgumentsCame(0, "{}"),
        Ended(StopReason.REFUSAL, COUNTED),
    ]


def test_arguments_of_a_call_that_has_not_begun_wait_for_the_whole_call() -> None:
    events = events_of(
        CREATED,
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{}"},
        item_event("done", call("call_a", "now", "{}")),
        COMPLETED,
    )
    assert events[1:-1] == [ToolUseBegan(0, "call_a", "now"), ArgumentsCame(0, "{}")]


def test_pieces_with_nothing_in_them_tell_nothing() -> None:
    empty = {"output_index": 0, "delta": ""}
    kinds = ("output_text", "refusal", "reasoning_text", "function_call_arguments")
    events = events_of(CREATED, *({"type": f"response.{kind}.delta"} | empty for kind in kinds), COMPLETED)
    assert events == [BEGAN, Ended(StopReason.END, COUNTED)]


def test_an_answer_that_is_told_by_its_last_event_alone_is_told_all_the_same() -> None:
    last = response("completed", [message(said("Hello"))], usage=USAGE)
    events = events_of({"type": "response.completed", "response": last})
    assert events == [BEGAN, TextCame("Hello"), Ended(StopReason.END, COUNTED)]


def test_an_answer_without_a_beginning_begins_with_its_first_words() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello"}
    assert events_of(delta, COMPLETED) == [
        Began(None, None),
        TextCame("Hello"),
        Ended(StopReason.END, COUNTED),
    ]


def test_an_event_may_be_named_outside_of_its_data_only() -> None:
    stream = b"".join(
        b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode({"response": answer}))
        for kind, answer in (
            ("response.created", response("in_progress")),
            ("response.completed", response("completed", [message(said("Hello"))], usage=USAGE)),
        )
    )
    assert read(DRIVER.events(), [stream])[1:] == [TextCame("Hello"), Ended(StopReason.END, COUNTED)]


@pytest.mark.parametrize(
    "error",
    [
        {"code": "rate_limit_exceeded", "message": "Slow down", "param": None},
        {"error": {"type": "too_many", "code": "rate_limit_exceeded", "message": "Slow down"}},
    ],
    ids=["OpenAI", "Open Responses"],
)
def test_an_error_event_ends_the_answer(error: dict[str, Any]) -> None:
    broke = Broke("rate_limited", "the provider broke the answer off: Slow down", 429)
    assert events_of(CREATED, {"type": "error"} | error, COMPLETED) == [BEGAN, broke]


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("invalid_prompt", "invalid_request", 400),
        ("image_too_large", "invalid_request", 400),
        ("bio_policy", "invalid_request", 400),
        ("server_error", "vendor_error", 502),
        ("never heard of", "vendor_error", 502),
        (7, "vendor_error", 502),
    ],
)
def test_a_failed_answer_is_told_by_its_code(code: object, kind: str, status: int) -> None:
    failed = response("failed", error={"code": code, "message": "Because"})
    [broke] = DRIVER.whole(whole(end=failed))
    assert broke == Broke(kind, "the provider broke the answer off: Because", status)


def test_a_cancelled_answer_is_broken_off_without_a_reason() -> None:
    [broke] = DRIVER.whole(whole(end=response("cancelled")))
    assert broke == Broke("vendor_error", "the provider broke the answer off: no reason is given", 502)


def test_an_answer_in_the_background_is_not_waited_for() -> None:
    *_, broke = DRIVER.whole(whole(end=response("queued")))
    assert isinstance(broke, Broke)
    assert "queued" in broke.message


def test_an_answer_that_is_short_for_another_reason_is_short() -> None:
    cut = response("incomplete", [message(said("Once"))], incomplete_details={"reason": "max_messages"})
    *_, ended = DRIVER.whole(whole(end=cut))
    assert isinstance(ended, Ended)
    assert ended.reason is StopReason.LENGTH


def test_an_answer_without_a_status_is_taken_as_complete_and_one_without_anything_as_malformed() -> None:
    *_, ended = DRIVER.whole(b'{"output":[{"type":"message","content":[{"text":"Hello"}]}]}')
    assert isinstance(ended, Ended)
    [broke] = DRIVER.whole(b'{"choices":[]}')
    assert isinstance(broke, Broke)
    assert broke.kind == "malformed"


@pytest.mark.parametrize(
    ("base_url", "itself"),
    [
        ("https://api.openai.com/v1", True),
        ("https://acme.openai.azure.com/openai/v1", True),
        ("https://llm.example/v1", False),
        ("https://api.openai.com.example/v1", False),
    ],
)
def test_openai_is_known_by_its_hosts(base_url: str, *, itself: bool) -> None:
    assert is_openai_itself(base_url) is itself


@pytest.mark.parametrize("name", ["presence_penalty", "frequency_penalty"])
def test_openai_itself_has_no_penalties_but_zero_asks_for_none(name: str) -> None:
    def body(penalty: float) -> Any:
        asked = Call(messages=(HELLO,), **{name: penalty})  # type: ignore[arg-type]  # either is a number
        request = DRIVER.request(asked, CallModel("m-1"), None, "https://api.openai.com/v1")
        return msgspec.json.decode(request.body)

    assert name not in body(0.0)
    with pytest.raises(Inexpressible, match=name):
        body(0.5)


def test_openai_itself_gets_no_thoughts_that_it_did_not_sign() -> None:
    shown = Message(Role.ASSISTANT, (Reasoning("Cold.", Protocol.RESPONSES),))
    asked = Call(messages=(HELLO, shown))
    request = DRIVER.request(asked, CallModel("m-1"), None, "https://api.openai.com/v1")
    assert b"Cold." not in request.body
    elsewhere = DRIVER.request(asked, CallModel("m-1"), None, "https://llm.example/v1")
    assert b"Cold." in elsewhere.body
