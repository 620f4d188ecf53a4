"""OpenAI's own client, over real sockets, against models of Anthropic and of Gemini."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageFunctionToolCall
from pydantic import BaseModel

from tests.adapters.drivers.calls import generate_cases, messages_cases
from tests.adapters.drivers.calls.contract import Answer, Table
from tests.api.calls.conftest import KEY
from tests.support.call_vendors import CallVendor, Said, said_events
from tests.support.steps import add_model, add_provider

HELLO: Any = [{"role": "user", "content": "Hello"}]
SCHEMA: Any = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}]
PNG = "data:image/png;base64,iVBORw0KGgo="


class Place(BaseModel):
    """What a structured answer must be."""

    city: str


@dataclass(frozen=True)
class Other:
    """A vendor, the path under which its API is, the header of its key, and a field it has no word for."""

    table: Table
    path: str
    key_header: str
    unsaid: Mapping[str, Any]

    def whole(self, name: str) -> Said:
        return Said([self.case(name).whole or b""], headers={"content-type": "application/json"})

    def stream(self, name: str) -> Said:
        return said_events(self.case(name).stream)

    def case(self, name: str) -> Answer:
        return self.table.answers[name]


OTHERS = {
    "anthropic": Other(messages_cases.TABLE, "", "x-api-key", {"seed": 7}),
    "gemini": Other(generate_cases.TABLE, "/v1beta", "x-goog-api-key", {"user": "ada"}),
}


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest, http: httpx.Client, vendor: CallVendor) -> Other:
    """A vendor with a provider and its model m1."""
    chosen = OTHERS[request.param]
    base_url = vendor.base_url.removesuffix("/v1") + chosen.path
    provider = add_provider(http, "Other", provider_type=request.param, api_key=KEY, base_url=base_url)
    add_model(http, provider, "m1")
    return chosen


def test_an_answer_comes_with_its_usage_and_the_key_went_in_a_header(
    ai: OpenAI, vendor: CallVendor, other: Other
) -> None:
    vendor.say(other.whole("text"))
    answer = ai.chat.completions.create(model="m1", messages=HELLO)
    assert answer.choices[0].message.content == "Hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (9, 4)
    (heard,) = vendor.heard
    assert heard.headers[other.key_header] == KEY
    assert KEY not in heard.path
    assert "authorization" not in heard.headers


def test_a_stream_comes_in_any_script(ai: OpenAI, vendor: CallVendor, other: Other) -> None:
    vendor.say(other.stream("text in many scripts"))
    chunks = list(ai.chat.completions.create(model="m1", messages=HELLO, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == "Grüße, 世界 👋🏽 — naïve"
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_parallel_tools_stream_and_are_answered_with_an_image(
    ai: OpenAI, vendor: CallVendor, other: Other
) -> None:
    vendor.say(other.stream("parallel tools"), other.whole("text"))
    with ai.chat.completions.stream(model="m1", messages=HELLO, tools=WEATHER) as stream:
        message = stream.get_final_completion().choices[0].message
    calls = [
        call for call in message.tool_calls or () if isinstance(call, ChatCompletionMessageFunctionToolCall)
    ]
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "Oslo"}, {"city": "Rome"}]

    shown = [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": PNG}}]
    results: Any = [{"role": "tool", "tool_call_id": call.id, "content": shown} for call in calls]
    said: Any = message.model_dump(exclude_none=True)
    again = ai.chat.completions.create(model="m1", messages=[*HELLO, said, *results], tools=WEATHER)
    assert again.choices[0].message.content == "Hello"
    assert vendor.heard[1].body.count(b"iVBORw0KGgo=") == 2


def test_a_structured_answer_is_parsed(ai: OpenAI, vendor: CallVendor, other: Other) -> None:
    vendor.say(other.whole("structured output"))
    answer = ai.chat.completions.parse(model="m1", messages=HELLO, response_format=Place)
    assert answer.choices[0].message.parsed == Place(city="Oslo")
    assert b"city" in vendor.heard[0].body


def test_responses_are_answered_with_thoughts_and_tools(ai: OpenAI, vendor: CallVendor, other: Other) -> None:
    vendor.say(other.whole("reasoning, then tools"), other.stream("text"))
    tool: Any = {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}
    answer = ai.responses.create(model="m1", input="Hello", tools=[tool])
    kinds = [item.type for item in answer.output]
    assert kinds[0] == "reasoning"
    assert "function_call" in kinds

    items: Any = [item.model_dump(exclude_none=True) for item in answer.output]
    results = [
        {"type": "function_call_output", "call_id": item["call_id"], "output": "-3"}
        for item in items
        if item["type"] == "function_call"
    ]
    said: Any = [*HELLO, *items, *results]
    with ai.responses.stream(model="m1", input=said, tools=[tool]) as stream:
        assert stream.get_final_response().output_text == "Hello"
    assert b"c2ln" in vendor.heard[1].body


def test_a_stream_that_the_vendor_breaks_off_ends_in_an_error(
    ai: OpenAI, vendor: CallVendor, other: Other
) -> None:
    vendor.say(other.stream("broken off by the vendor"))
    with pytest.raises(openai.APIError, match="The engine is full"):
        list(ai.chat.completions.create(model="m1", messages=HELLO, stream=True))


def test_what_the_vendor_has_no_word_for_is_refused_by_the_callers_name_of_it(
    ai: OpenAI, vendor: CallVendor, other: Other
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ai.chat.completions.create(model="m1", messages=HELLO, **other.unsaid)
    assert caught.value.param in other.unsaid
    assert vendor.heard == []


def test_a_bad_key_is_not_the_callers_fault(ai: OpenAI, vendor: CallVendor, other: Other) -> None:
    failure = other.table.failures["bad key"]
    vendor.say(Said([failure.body], failure.status, {"content-type": "application/json"}))
    with pytest.raises(openai.APIStatusError) as caught:
        ai.chat.completions.create(model="m1", messages=HELLO)
    assert caught.value.status_code == 502
    assert KEY not in str(caught.value)
