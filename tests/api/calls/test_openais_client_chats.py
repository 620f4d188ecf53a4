"""OpenAI's own client, unchanged, over real sockets: Chat Completions with models of all four vendors."""

import json
import threading
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageFunctionToolCall
from pydantic import BaseModel

from tests.api.calls.conftest import KEY
from tests.support.call_vendors import CallVendor
from tests.support.four_vendors import FOUR, OneVendor

HELLO: Any = [{"role": "user", "content": "Hello"}]
SCHEMA: Any = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
PNG = "iVBORw0KGgo="
LINK = "https://example.com/cat.png"


class Place(BaseModel):
    """What a structured answer must be."""

    city: str


def _calls(message: Any) -> list[ChatCompletionMessageFunctionToolCall]:
    return [
        call for call in message.tool_calls or () if isinstance(call, ChatCompletionMessageFunctionToolCall)
    ]


def test_an_answer_comes_with_its_usage_and_the_key_goes_in_a_header(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.whole("text"))
    answer = ai.chat.completions.create(model="m1", messages=HELLO)
    told = one.told("text")
    assert answer.choices[0].message.content == told.text
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (
        told.usage.input,
        told.usage.output,
    )
    (heard,) = vendor.heard
    assert heard.headers[one.key_header].removeprefix("Bearer ") == KEY
    others = {name: value for name, value in heard.headers.items() if name != one.key_header}
    assert KEY not in f"{others}{heard.path}{heard.body.decode()}"


def test_a_stream_comes_in_any_script_and_tells_its_usage_if_asked(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.stream("text in many scripts"))
    usage: Any = {"include_usage": True}
    chunks = list(ai.chat.completions.create(model="m1", messages=HELLO, stream=True, stream_options=usage))
    told = one.told("text in many scripts")
    *said, counted = chunks
    assert "".join(chunk.choices[0].delta.content or "" for chunk in said) == told.text
    assert said[-1].choices[0].finish_reason == "stop"
    assert counted.usage is not None
    assert counted.usage.prompt_tokens == told.usage.input


def test_parallel_tools_stream_and_their_results_go_back(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.stream("parallel tools"), one.whole("text"))
    with ai.chat.completions.stream(
        model="m1", messages=HELLO, tools=WEATHER, tool_choice="auto", parallel_tool_calls=True
    ) as stream:
        choice = stream.get_final_completion().choices[0]
    calls = _calls(choice.message)
    assert choice.finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments) for call in calls] == [
        json.loads(text) for text in one.told("parallel tools").arguments
    ]
    said: Any = choice.message.model_dump(exclude_none=True)
    shown = [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
    ]
    results: Any = [{"role": "tool", "tool_call_id": call.id, "content": shown} for call in calls]
    again = ai.chat.completions.create(model="m1", messages=[*HELLO, said, *results], tools=WEATHER)
    assert again.choices[0].message.content == one.told("text").text
    assert vendor.heard[1].body.count(PNG.encode()) == 2


def test_a_structured_answer_is_parsed_whole_and_streamed(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.whole("structured output"), one.stream("structured output"))
    answer = ai.chat.completions.parse(model="m1", messages=HELLO, response_format=Place)
    assert answer.choices[0].message.parsed == Place(city="Oslo")
    with ai.chat.completions.stream(model="m1", messages=HELLO, response_format=Place) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == Place(city="Oslo")
    for heard in vendor.heard:
        assert b'"city"' in heard.body


def test_images_reach_the_vendor_by_their_data_and_by_their_address(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.whole("text"))
    urls = (LINK, f"data:image/png;base64,{PNG}")
    seen: Any = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    ai.chat.completions.create(model="m1", messages=[{"role": "user", "content": seen}])
    body = vendor.heard[0].body.decode()
    assert LINK in body
    assert PNG in body


def test_thoughts_come_and_go_back_as_they_came(ai: OpenAI, vendor: CallVendor, one: OneVendor) -> None:
    name = "reasoning, then tools"
    vendor.say(one.whole(name), one.whole("text"))
    message = (
        ai.chat.completions.create(model="m1", messages=HELLO, tools=WEATHER, reasoning_effort="high")
        .choices[0]
        .message
    )
    told: Any = message.model_dump(exclude_none=True)
    assert told["reasoning_content"] == one.told(name).thoughts
    results: Any = [{"role": "tool", "tool_call_id": call.id, "content": "-3"} for call in _calls(message)]
    ai.chat.completions.create(model="m1", messages=[*HELLO, told, *results], tools=WEATHER)
    first, second = vendor.heard
    assert any(word in first.body for word in (b"effort", b"hinkingBudget"))
    assert (b"c2ln" if one.signs else one.told(name).thoughts.encode()) in second.body


def test_streamed_thoughts_are_those_of_the_answer_in_one_piece(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    name = "reasoning, then tools"
    vendor.say(one.stream(name))
    chunks = ai.chat.completions.create(model="m1", messages=HELLO, tools=WEATHER, stream=True)
    deltas: list[Any] = [chunk.choices[0].delta.to_dict() for chunk in chunks if chunk.choices]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == one.told(name).thoughts


@pytest.mark.parametrize(("name", "reason"), [("length", "length"), ("a tool", "tool_calls")])
def test_why_an_answer_ended_is_told(
    ai: OpenAI, vendor: CallVendor, one: OneVendor, name: str, reason: str
) -> None:
    vendor.say(one.whole(name))
    (choice,) = ai.chat.completions.create(model="m1", messages=HELLO, tools=WEATHER).choices
    assert choice.finish_reason == reason


@pytest.mark.parametrize(
    "one", [name for name in FOUR if "refusal" in FOUR[name].table.answers], indirect=True
)
def test_a_refusal_is_told_from_an_answer(ai: OpenAI, vendor: CallVendor, one: OneVendor) -> None:
    vendor.say(one.whole("refusal"))
    (choice,) = ai.chat.completions.create(model="m1", messages=HELLO).choices
    assert choice.message.refusal or choice.finish_reason == "content_filter"


def test_a_stream_that_the_vendor_breaks_off_ends_in_an_error(
    ai: OpenAI, vendor: CallVendor, one: OneVendor, released: threading.Event
) -> None:
    vendor.say(one.halting_stream("broken off by the vendor", released))
    stream = ai.chat.completions.create(model="m1", messages=HELLO, stream=True)
    assert next(stream).choices
    released.set()
    with pytest.raises(openai.APIError, match="The engine"):
        list(stream)


@pytest.mark.parametrize("one", [name for name in FOUR if FOUR[name].unsaid], indirect=True)
def test_what_the_vendor_has_no_word_for_is_refused_by_the_callers_name_of_it(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ai.chat.completions.create(model="m1", messages=HELLO, **one.unsaid)
    assert caught.value.param in one.unsaid
    assert vendor.heard == []


def test_a_bad_key_is_not_the_callers_fault(ai: OpenAI, vendor: CallVendor, one: OneVendor) -> None:
    vendor.say(one.failure("bad key"))
    with pytest.raises(openai.APIStatusError) as caught:
        ai.chat.completions.create(model="m1", messages=HELLO)
    assert (caught.value.status_code, caught.value.code) == (502, "key_rejected")
    assert KEY not in str(caught.value)


def test_the_model_is_listed(ai: OpenAI, one: OneVendor) -> None:
    (listed,) = ai.models.list()
    assert (listed.id, listed.object, listed.owned_by) == ("m1", "model", one.provider_type)
