"""OpenAI's own client, unchanged, over real sockets: Responses with models of all four vendors."""

import json
import threading
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.api.calls.conftest import KEY
from tests.support.call_vendors import CallVendor
from tests.support.four_vendors import FOUR, OneVendor

TOOL: Any = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": False,
}
ASKED: Any = {"role": "user", "content": "How is Oslo?"}
PNG = "iVBORw0KGgo="
LINK = "https://example.com/cat.png"
TRANSLATED = [name for name in FOUR if name != "openai"]


class Place(BaseModel):
    """What a structured answer must be."""

    city: str


def test_an_answer_comes_with_its_usage_and_the_key_goes_in_a_header(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.whole("text"))
    answer = ai.responses.create(model="m1", instructions="Be brief.", input="Hello")
    told = one.told("text")
    assert (answer.output_text, answer.status) == (told.text, "completed")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (told.usage.input, told.usage.output)
    (heard,) = vendor.heard
    assert b"Be brief." in heard.body
    assert heard.headers[one.key_header].removeprefix("Bearer ") == KEY
    others = {name: value for name, value in heard.headers.items() if name != one.key_header}
    assert KEY not in f"{others}{heard.path}{heard.body.decode()}"


def test_a_stream_comes_in_any_script_and_ends_in_the_whole_response(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.stream("text in many scripts"))
    with ai.responses.stream(model="m1", input="Hello") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == one.told("text in many scripts").text
    assert final.usage is not None
    assert final.usage.input_tokens == one.told("text in many scripts").usage.input


@pytest.mark.parametrize("streamed", [True, False])
def test_thoughts_and_parallel_tools_make_a_loop(
    ai: OpenAI, vendor: CallVendor, one: OneVendor, *, streamed: bool
) -> None:
    name = "reasoning, then tools"
    vendor.say(one.stream(name) if streamed else one.whole(name), one.whole("text"))
    asked: Any = {"model": "m1", "tools": [TOOL], "reasoning": {"effort": "high"}}
    if streamed:
        with ai.responses.stream(input=[ASKED], **asked) as stream:
            first = stream.get_final_response()
    else:
        first = ai.responses.create(input=[ASKED], **asked)
    output: Any = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in first.output]
    calls = [item for item in output if item["type"] == "function_call"]
    assert output[0]["type"] == "reasoning"
    assert [json.loads(call["arguments"]) for call in calls] == [
        json.loads(text) for text in one.told(name).arguments
    ]
    results: Any = [
        {"type": "function_call_output", "call_id": call["call_id"], "output": "-3"} for call in calls
    ]
    second = ai.responses.create(input=[ASKED, *output, *results], **asked)
    assert second.output_text == one.told("text").text
    body = vendor.heard[1].body
    assert (b"c2ln" if one.signs else one.told(name).thoughts.encode()) in body
    assert b"-3" in body


def test_a_structured_answer_is_parsed_whole_and_streamed(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.whole("structured output"), one.stream("structured output"))
    answer = ai.responses.parse(model="m1", input="Where?", text_format=Place)
    assert answer.output_parsed == Place(city="Oslo")
    with ai.responses.stream(model="m1", input="Where?", text_format=Place) as stream:
        assert stream.get_final_response().output_parsed == Place(city="Oslo")
    for heard in vendor.heard:
        assert b'"city"' in heard.body


def test_images_reach_the_vendor_by_their_data_and_by_their_address(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    vendor.say(one.whole("text"))
    urls = (LINK, f"data:image/png;base64,{PNG}")
    seen: Any = [{"type": "input_image", "image_url": url, "detail": "auto"} for url in urls]
    ai.responses.create(model="m1", input=[{"role": "user", "content": seen}])
    body = vendor.heard[0].body.decode()
    assert LINK in body
    assert PNG in body


def test_an_answer_that_was_too_long_says_so(ai: OpenAI, vendor: CallVendor, one: OneVendor) -> None:
    vendor.say(one.whole("length"))
    answer = ai.responses.create(model="m1", input="Hello", max_output_tokens=16)
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"


def test_a_stream_that_the_vendor_breaks_off_ends_as_failed(
    ai: OpenAI, vendor: CallVendor, one: OneVendor, released: threading.Event
) -> None:
    vendor.say(one.halting_stream("broken off by the vendor", released))
    stream = ai.responses.create(model="m1", input="Hello", stream=True)
    assert next(stream).type == "response.created"
    released.set()
    *_, last = stream
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert "The engine" in last.response.error.message


@pytest.mark.parametrize("one", TRANSLATED, indirect=True)
def test_what_only_openai_keeps_is_refused_by_its_name(
    ai: OpenAI, vendor: CallVendor, one: OneVendor
) -> None:
    del one
    with pytest.raises(openai.BadRequestError) as caught:
        ai.responses.create(model="m1", input="Hello", previous_response_id="resp_1")
    assert caught.value.param == "previous_response_id"
    assert vendor.heard == []


def test_a_bad_key_is_not_the_callers_fault(ai: OpenAI, vendor: CallVendor, one: OneVendor) -> None:
    vendor.say(one.failure("bad key"))
    with pytest.raises(openai.APIStatusError) as caught:
        ai.responses.create(model="m1", input="Hello")
    assert (caught.value.status_code, caught.value.code) == (502, "key_rejected")
    assert KEY not in str(caught.value)
