"""Answers and streams as Responses gives them: which events in which order, and what they hold."""

import json
from itertools import pairwise
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from api.calls import responses
from api.calls.refusals import CallRefused
from api.calls.responses_reasoning import CallSignature, opened
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from domain.conversation import Protocol, Reasoning

HEAD = responses.ResponseHead("resp_7", "m-1", 1)
BEGAN = Began("msg_of_the_vendor", "m-1-2026")
USAGE = Usage(input=9, output=4, cached_input=6, cache_write=2, reasoning=3)
END = Ended(StopReason.END, USAGE)
ECHO = responses.decode(b'{"input":"Hello"}').echo

OFFICIAL_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def streamed(*events: CallEvent) -> list[dict[str, Any]]:
    """The documents of all events, each of which fits the official client's classes."""
    writer = responses.ResponsesStream(HEAD, ECHO, lambda: 2.5)
    frames = b"".join(writer.feed(event) for event in events).decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    documents = []
    for frame in frames[:-2]:
        name, data = frame.split("\n")
        document = json.loads(data.removeprefix("data: "))
        assert name == f"event: {document['type']}"
        OFFICIAL_EVENT.validate_python(document)
        documents.append(document)
    assert [document["sequence_number"] for document in documents] == list(range(len(documents)))
    return documents


def kinds(documents: list[dict[str, Any]]) -> list[str]:
    return [document["type"].removeprefix("response.") for document in documents]


def whole(*events: CallEvent, echo: Any = ECHO) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(responses.whole(events, HEAD, echo, lambda: 2.5))
    Response.model_validate(document)
    return document


def test_a_text_is_told_in_the_documented_order() -> None:
    documents = streamed(BEGAN, TextCame("Hel"), TextCame("lo"), END)
    assert kinds(documents) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    part = {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
    message = {
        "id": "msg_700",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    assert documents[2]["item"] == message | {"status": "in_progress", "content": []}
    assert documents[3]["part"] == part | {"text": ""}
    assert [document["delta"] for document in documents[4:6]] == ["Hel", "lo"]
    assert documents[6]["text"] == "Hello"
    assert documents[7]["part"] == part
    assert documents[8]["item"] == message
    assert {document.get("output_index", 0) for document in documents} == {0}
    assert {document["item_id"] for document in documents if "item_id" in document} == {"msg_700"}
    assert documents[-1]["response"]["output"] == [message]


def test_an_answer_says_who_gave_it_when_and_what_it_took() -> None:
    answer = whole(BEGAN, TextCame("Hello"), END)
    told = {
        name: answer[name]
        for name in ("id", "object", "model", "status", "created_at", "completed_at", "error")
    }
    assert told == {
        "id": "resp_7",
        "object": "response",
        "model": "m-1-2026",
        "status": "completed",
        "created_at": 1,
        "completed_at": 2,
        "error": None,
    }
    assert answer["usage"] == {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 2},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 13,
    }


def test_an_answer_has_every_field_that_open_responses_wants() -> None:
    wanted = (
        "id object created_at completed_at status incomplete_details model previous_response_id instructions "
        "output error tools tool_choice truncation parallel_tool_calls text top_p presence_penalty "
        "frequency_penalty top_logprobs temperature reasoning usage max_output_tokens max_tool_calls store "
        "background service_tier metadata safety_identifier prompt_cache_key"
    )
    assert set(wanted.split()) <= set(whole(BEGAN, END))


def test_an_answer_repeats_what_was_asked_but_nothing_is_ever_stored() -> None:
    schema = {"type": "object", "properties": {}}
    tool = {"type": "function", "name": "now", "parameters": schema}
    asked = {
        "input": "Hello",
        "instructions": "Be brief.",
        "metadata": {"ticket": "7"},
        "store": True,
        "temperature": 0.5,
        "top_p": 0.9,
        "parallel_tool_calls": False,
        "max_output_tokens": 50,
        "tools": [tool],
        "tool_choice": {"type": "function", "name": "now"},
        "text": {"format": {"type": "json_schema", "name": "place", "schema": schema}},
        "reasoning": {"effort": "low", "summary": "auto"},
        "user": "ada",
    }
    echo = responses.decode(json.dumps(asked).encode()).echo
    answer = whole(BEGAN, END, echo=echo)
    same = (
        "instructions metadata temperature top_p parallel_tool_calls max_output_tokens tool_choice "
        "reasoning user"
    )
    assert {name: answer[name] for name in same.split()} == {name: asked[name] for name in same.split()}
    assert answer["tools"] == [tool | {"description": None, "strict": None}]
    assert answer["text"]["format"]["name"] == "place"
    assert answer["store"] is False
    for form in ("text", "json_object"):
        text = responses.decode(b'{"input":"","text":{"format":{"type":"%b"}}}' % form.encode()).echo["text"]
        assert text == {"format": {"type": form}, "verbosity": "medium"}


def test_a_vendor_that_counts_nothing_has_no_usage() -> None:
    assert whole(BEGAN, Ended(StopReason.END, Usage()))["usage"] is None
    usage = whole(BEGAN, Ended(StopReason.END, Usage(output=3)))["usage"]
    assert (usage["input_tokens"], usage["total_tokens"]) == (0, 3)


def test_a_refusal_is_a_part_of_its_own() -> None:
    refused = Ended(StopReason.REFUSAL, USAGE)
    documents = streamed(BEGAN, TextCame("Hm."), RefusalCame("I can"), RefusalCame("not."), refused)
    assert kinds(documents)[5:] == [
        "output_text.done",
        "content_part.done",
        "content_part.added",
        "refusal.delta",
        "refusal.delta",
        "refusal.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [document["content_index"] for document in documents[3:12]] == [0] * 4 + [1] * 5
    [message] = documents[-1]["response"]["output"]
    assert message["content"][1] == {"type": "refusal", "refusal": "I cannot."}


def test_a_refusal_without_words_is_an_answer_that_was_filtered() -> None:
    answer = whole(BEGAN, TextCame("Well"), Ended(StopReason.REFUSAL, USAGE))
    assert answer["status"] == "incomplete"
    assert answer["incomplete_details"] == {"reason": "content_filter"}


def test_calls_are_told_one_after_the_other_and_done_before_the_next_begins() -> None:
    documents = streamed(
        BEGAN,
        TextCame("Both."),
        ToolUseBegan(0, "call_a", "weather"),
        ArgumentsCame(0, '{"city":'),
        ArgumentsCame(0, '"Oslo"}'),
        ToolUseBegan(1, "call_b", "now"),
        Ended(StopReason.TOOL_USE, USAGE),
    )
    assert kinds(documents)[5:] == [
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    _, first, second = documents[-1]["response"]["output"]
    assert first == {
        "id": "fc_701",
        "type": "function_call",
        "status": "completed",
        "call_id": "call_a",
        "name": "weather",
        "arguments": '{"city":"Oslo"}',
    }
    # A tool without parameters is called with none, and clients read the arguments as JSON.
    assert (second["name"], second["arguments"]) == ("now", "{}")


def test_pieces_of_several_calls_and_thoughts_may_be_mixed() -> None:
    documents = streamed(
        BEGAN,
        ReasoningCame(0, "Hm"),
        ToolUseBegan(0, "call_a", "weather"),
        ToolUseBegan(1, "call_b", "weather"),
        ArgumentsCame(1, "{}"),
        ArgumentsCame(0, '{"city":"Oslo"}'),
        ReasoningCame(0, "."),
        ReasoningEnded(0, "Hm.", Protocol.CHAT),
        TextCame("So."),
        ArgumentsCame(0, "\n"),
        Ended(StopReason.TOOL_USE, USAGE),
    )
    thoughts, first, second, words = documents[-1]["response"]["output"]
    assert thoughts["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert (first["arguments"], second["arguments"]) == ('{"city":"Oslo"}', "{}")
    assert words["content"][0]["text"] == "So."
    done = [document["output_index"] for document in documents if document["type"].endswith("item.done")]
    assert sorted(done) == [0, 1, 2, 3]


def test_words_after_a_call_are_a_message_of_their_own() -> None:
    answer = whole(
        BEGAN,
        TextCame("Before."),
        ToolUseBegan(0, "call_a", "now"),
        ArgumentsCame(0, "{}"),
        TextCame("After."),
        END,
    )
    assert [item["type"] for item in answer["output"]] == ["message", "function_call", "message"]


def test_thoughts_are_a_summary_and_what_their_vendor_wants_back() -> None:
    ended = ReasoningEnded(0, "It asks for Oslo.", Protocol.MESSAGES, "c2ln")
    documents = streamed(
        BEGAN, ReasoningCame(0, "It asks "), ReasoningCame(0, "for Oslo."), ended, TextCame("So."), END
    )
    assert kinds(documents)[2:9] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    [thoughts, _] = documents[-1]["response"]["output"]
    assert thoughts["summary"] == [{"type": "summary_text", "text": "It asks for Oslo."}]
    assert opened(thoughts["encrypted_content"]) == Reasoning("It asks for Oslo.", Protocol.MESSAGES, "c2ln")


def test_thoughts_that_came_in_no_pieces_are_told_at_their_end_and_hidden_ones_are_not_shown() -> None:
    documents = streamed(
        BEGAN,
        ReasoningEnded(0, "Hm.", Protocol.CHAT),
        ReasoningEnded(1, "", Protocol.MESSAGES, "c2ln", redacted=True),
        END,
    )
    shown, hidden = documents[-1]["response"]["output"]
    assert shown["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert hidden["summary"] == []
    assert opened(hidden["encrypted_content"]) == Reasoning("", Protocol.MESSAGES, "c2ln", redacted=True)


def test_a_calls_signature_goes_out_as_thoughts_before_it() -> None:
    answer = whole(BEGAN, ToolUseBegan(0, "call_a", "now", "c2ln"), Ended(StopReason.TOOL_USE, USAGE))
    thought, call = answer["output"]
    assert (thought["type"], thought["summary"], call["type"]) == ("reasoning", [], "function_call")
    assert opened(thought["encrypted_content"]) == CallSignature("call_a", "c2ln")


@pytest.mark.parametrize(
    ("reason", "said"),
    [(StopReason.LENGTH, "max_output_tokens"), (StopReason.CONTENT_FILTER, "content_filter")],
)
def test_an_answer_that_is_cut_short_says_so_and_so_does_its_last_item(reason: StopReason, said: str) -> None:
    documents = streamed(
        BEGAN,
        ToolUseBegan(0, "call_a", "now"),
        ToolUseBegan(1, "call_b", "now"),
        ArgumentsCame(1, '{"ci'),
        Ended(reason, USAGE),
    )
    last = documents[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": said}
    assert last["response"]["completed_at"] is None
    statuses = [(item["status"], item["arguments"]) for item in last["response"]["output"]]
    assert statuses == [("completed", "{}"), ("incomplete", '{"ci')]


@pytest.mark.parametrize("reason", [StopReason.END, StopReason.TOOL_USE, StopReason.STOP_SEQUENCE])
def test_other_reasons_to_stop_are_complete_answers(reason: StopReason) -> None:
    assert whole(BEGAN, Ended(reason, USAGE))["status"] == "completed"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("rate_limited", "rate_limit_exceeded"),
        ("invalid_request", "invalid_prompt"),
        ("cut_off", "server_error"),
    ],
)
def test_a_stream_that_breaks_off_fails_once_with_what_came_of_it(kind: str, code: str) -> None:
    events = (
        BEGAN,
        ReasoningCame(0, "Hm"),
        TextCame("Hel"),
        ToolUseBegan(0, "call_a", "now"),
        Broke(kind, "it went away", 503),
    )
    *before, failed = streamed(*events)
    assert failed["type"] == "response.failed"
    assert not [document for document in before if document["type"] == "response.failed"]
    response = failed["response"]
    assert response["status"] == "failed"
    assert response["error"] == {"code": code, "message": "it went away", "type": kind}
    assert [item.get("status") for item in response["output"]] == [None, "completed", "incomplete"]


def test_a_whole_answer_that_breaks_off_is_refused_and_one_without_an_end_is_a_mistake() -> None:
    with pytest.raises(CallRefused) as caught:
        responses.whole([BEGAN, TextCame("Hel"), Broke("overloaded", "busy", 503)], HEAD, ECHO)
    assert caught.value.status == 503
    with pytest.raises(ValueError, match="ends in"):
        responses.whole([BEGAN], HEAD, ECHO)


def test_ids_of_items_differ() -> None:
    answer = whole(BEGAN, *(ToolUseBegan(index, f"call_{index}", "now") for index in range(20)), END)
    ids = sorted(item["id"] for item in answer["output"])
    assert all(one != other for one, other in pairwise(ids))
