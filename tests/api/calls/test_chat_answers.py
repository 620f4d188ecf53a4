"""Answers as Chat Completions satisfy the official client, whole and streamed, with all that they carry."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from openai import APIError, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

from api.calls import chat
from api.calls.refusals import CallRefused
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
from domain.conversation import Message, Protocol, Reasoning, Role, Text, ToolUse

HEAD = chat.Head("chatcmpl-9", "m-1", 1_790_000_000)
BEGAN = Began("msg_1", "claude-x")
USAGE = Usage(input=9, output=4, cached_input=6, cache_write=2, reasoning=3)
ENDED = Ended(StopReason.END, USAGE)

EVERYTHING: list[CallEvent] = [
    BEGAN,
    ReasoningCame(0, "It asks "),
    ReasoningCame(0, "for two."),
    ReasoningEnded(0, "It asks for two.", Protocol.MESSAGES, "c2ln"),
    ReasoningEnded(1, "", Protocol.MESSAGES, "b3BhcXVl", redacted=True),
    ReasoningCame(2, "Both, then."),
    ReasoningEnded(2, "Both, then.", Protocol.MESSAGES, id="rs_1"),
    TextCame("Both"),
    TextCame(" it is."),
    ToolUseBegan(0, "call_a", "weather", "Z29vZ2xl"),
    ArgumentsCame(0, '{"city":'),
    ArgumentsCame(0, '"Oslo"}'),
    ToolUseBegan(1, "call_b", "now"),
    ArgumentsCame(1, "{}"),
    Ended(StopReason.TOOL_USE, USAGE),
]


def _client(answer: bytes, content_type: str) -> OpenAI:
    def respond(request: httpx2.Request) -> httpx2.Response:
        del request
        return httpx2.Response(200, content=answer, headers={"content-type": content_type})

    transport = httpx2.MockTransport(respond)
    return OpenAI(api_key="t", base_url="http://keyroll", http_client=httpx2.Client(transport=transport))


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"model": "m-1", "messages": [{"role": "user", "content": "Hello"}]}


def _streamed(events: list[CallEvent], *, include_usage: bool = True) -> bytes:
    encoder = chat.ChatStream(HEAD, include_usage=include_usage)
    return b"".join(encoder.feed(event) for event in events)


def _chunks(events: list[CallEvent], *, include_usage: bool = True) -> Iterator[ChatCompletionChunk]:
    *lines, done, nothing = _streamed(events, include_usage=include_usage).split(b"\n\n")
    assert (done, nothing) == (b"data: [DONE]", b"")
    for line in lines:
        yield ChatCompletionChunk.model_validate_json(line.removeprefix(b"data: "), strict=True)


def test_a_whole_answer_satisfies_the_official_clients_models_to_the_letter() -> None:
    completion = ChatCompletion.model_validate_json(chat.whole(EVERYTHING, HEAD), strict=True)
    [choice] = completion.choices
    assert (completion.id, completion.model, completion.created) == ("msg_1", "claude-x", 1_790_000_000)
    assert choice.message.content == "Both it is."
    assert choice.finish_reason == "tool_calls"
    calls = [call.model_dump() for call in choice.message.tool_calls or ()]
    assert [call["function"]["arguments"] for call in calls] == ['{"city":"Oslo"}', "{}"]
    assert completion.usage is not None
    assert completion.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }


def test_the_official_client_adds_a_stream_up_to_the_whole_answer(asked: dict[str, Any]) -> None:
    with _client(_streamed(EVERYTHING), "text/event-stream").chat.completions.stream(
        **asked, stream_options={"include_usage": True}
    ) as stream:
        added_up = stream.get_final_completion().model_dump(exclude_none=True)
    completion = _client(chat.whole(EVERYTHING, HEAD), "application/json").chat.completions.create(**asked)
    whole = completion.model_dump(exclude_none=True)
    for call in added_up["choices"][0]["message"]["tool_calls"]:
        call.pop("index", None)
        call["function"].pop("parsed_arguments", None)
    assert added_up == whole


@pytest.mark.parametrize("streamed", [True, False])
def test_what_came_goes_back_unchanged(asked: dict[str, Any], *, streamed: bool) -> None:
    if streamed:
        client = _client(_streamed(EVERYTHING), "text/event-stream")
        with client.chat.completions.stream(**asked) as stream:
            message = stream.get_final_completion().choices[0].message.model_dump(exclude_none=True)
        for call in message["tool_calls"]:
            call["function"].pop("parsed_arguments", None)
        message.pop("parsed", None)
    else:
        client = _client(chat.whole(EVERYTHING, HEAD), "application/json")
        message = client.chat.completions.create(**asked).choices[0].message.model_dump()
    decoded = chat.decode(json.dumps({"messages": [message]}).encode())
    assert decoded.call.messages == (
        Message(
            Role.ASSISTANT,
            (
                Reasoning("It asks for two.", Protocol.MESSAGES, "c2ln"),
                Reasoning("", Protocol.MESSAGES, "b3BhcXVl", redacted=True),
                Reasoning("Both, then.", Protocol.MESSAGES, id="rs_1"),
                Text("Both it is."),
                ToolUse("call_a", "weather", '{"city":"Oslo"}', "Z29vZ2xl"),
                ToolUse("call_b", "now", "{}"),
            ),
        ),
    )


def test_blocks_of_thoughts_stand_apart_in_their_text() -> None:
    document = json.loads(chat.whole(EVERYTHING, HEAD))
    assert document["choices"][0]["message"]["reasoning_content"] == "It asks for two.\n\nBoth, then."
    deltas = [chunk.choices[0].delta.model_dump() for chunk in _chunks(EVERYTHING) if chunk.choices]
    streamed = "".join(delta.get("reasoning_content") or "" for delta in deltas)
    assert streamed == "It asks for two.\n\nBoth, then."


def test_thoughts_that_are_text_alone_have_no_details() -> None:
    events: list[CallEvent] = [BEGAN, ReasoningCame(0, "Hm."), ReasoningEnded(0, "Hm.", Protocol.CHAT), ENDED]
    message = json.loads(chat.whole(events, HEAD))["choices"][0]["message"]
    assert message == {"role": "assistant", "content": None, "refusal": None, "reasoning_content": "Hm."}
    assert b"reasoning_details" not in _streamed(events)


def test_structured_output_is_parsed_by_the_official_client(asked: dict[str, Any]) -> None:
    class Place(BaseModel):
        city: str

    events: list[CallEvent] = [BEGAN, TextCame('{"city":'), TextCame('"Oslo"}'), ENDED]
    client = _client(chat.whole(events, HEAD), "application/json")
    parsed = client.chat.completions.parse(**asked, response_format=Place)
    assert parsed.choices[0].message.parsed == Place(city="Oslo")


@pytest.mark.parametrize(
    ("reason", "refusal", "finish"),
    [
        (StopReason.END, "", "stop"),
        (StopReason.STOP_SEQUENCE, "", "stop"),
        (StopReason.LENGTH, "", "length"),
        (StopReason.TOOL_USE, "", "tool_calls"),
        (StopReason.CONTENT_FILTER, "", "content_filter"),
        (StopReason.REFUSAL, "No.", "stop"),
        (StopReason.REFUSAL, "", "content_filter"),
    ],
)
def test_every_reason_to_stop_has_its_word(reason: StopReason, refusal: str, finish: str) -> None:
    words = [RefusalCame(refusal)] if refusal else []
    events: list[CallEvent] = [BEGAN, *words, Ended(reason, USAGE)]
    completion = ChatCompletion.model_validate_json(chat.whole(events, HEAD), strict=True)
    assert completion.choices[0].finish_reason == finish
    assert completion.choices[0].message.refusal == (refusal or None)
    finishes = [chunk.choices[0].finish_reason for chunk in _chunks(events) if chunk.choices]
    assert [one for one in finishes if one] == [finish]


def test_usage_comes_in_a_last_chunk_of_its_own_if_asked_for() -> None:
    *others, last = _chunks([BEGAN, TextCame("Hi"), ENDED])
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens == 13
    assert all(chunk.choices and chunk.usage is None for chunk in others)
    assert all("usage" in chunk.model_fields_set for chunk in others)


def test_without_being_asked_for_no_chunk_speaks_of_usage() -> None:
    chunks = list(_chunks([BEGAN, TextCame("Hi"), ENDED], include_usage=False))
    assert all(chunk.choices and "usage" not in chunk.model_fields_set for chunk in chunks)


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (Usage(), None),
        (Usage(cached_input=3), None),
        (Usage(output=5), {"prompt_tokens": 0, "completion_tokens": 5, "total_tokens": 5}),
        (Usage(input=5), {"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5}),
        (
            Usage(0, 2, cached_input=0, reasoning=0),
            {
                "prompt_tokens": 0,
                "completion_tokens": 2,
                "total_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
        ),
    ],
)
def test_tokens_that_the_vendor_does_not_count_are_not_told(
    usage: Usage, told: dict[str, Any] | None
) -> None:
    events: list[CallEvent] = [BEGAN, Ended(StopReason.END, usage)]
    assert json.loads(chat.whole(events, HEAD)).get("usage") == told
    *_, last = _chunks(events)
    assert (last.usage and last.usage.model_dump(exclude_unset=True)) == told


def test_an_answer_without_an_id_or_a_model_has_those_of_keyroll() -> None:
    document = json.loads(chat.whole([Began(None, None), ENDED], HEAD))
    assert (document["id"], document["model"]) == ("chatcmpl-9", "m-1")


def test_an_answer_that_breaks_off_in_its_stream_is_an_error_to_the_official_client(
    asked: dict[str, Any],
) -> None:
    events: list[CallEvent] = [BEGAN, TextCame("Hi"), Broke("cut_off", "it broke off", 502)]
    stream = _client(_streamed(events), "text/event-stream").chat.completions.create(**asked, stream=True)
    came: list[str | None] = []
    with pytest.raises(APIError, match="it broke off") as caught:
        came.extend(chunk.choices[0].delta.content for chunk in stream)
    assert caught.value.code == "cut_off"
    assert b"[DONE]" not in _streamed(events)


def test_a_whole_answer_that_broke_off_is_refused_and_shows_nothing_of_itself() -> None:
    with pytest.raises(CallRefused) as caught:
        chat.whole([BEGAN, TextCame("Hi"), Broke("overloaded", "busy", 503)], HEAD)
    assert (caught.value.status, caught.value.code) == (503, "overloaded")
    assert b"Hi" not in caught.value.body


def test_events_without_an_end_are_no_answer() -> None:
    with pytest.raises(ValueError, match="ends in an Ended or a Broke"):
        chat.whole([BEGAN, TextCame("Hi")], HEAD)
