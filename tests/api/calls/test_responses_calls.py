"""POST /v1/responses over sockets: through to a vendor that speaks it, translated to one that does not."""

import json
from typing import Any

import httpx
import pytest
from openai import BadRequestError, OpenAI
from pydantic import BaseModel

from api.calls.responses_reasoning import carried
from domain.conversation import Protocol, Reasoning
from tests.adapters.drivers.calls import responses_wire as vendors
from tests.api.calls.conftest import KEY
from tests.support.call_vendors import CallVendor, Said, said_events, said_json
from tests.support.chat_shapes import DONE, chat_completion
from tests.support.steps import Json, add_model, add_provider


class Place(BaseModel):
    city: str


@pytest.fixture
def own(http: httpx.Client, vendor: CallVendor) -> Json:
    """A provider of Responses with the model r1."""
    made = add_provider(http, "Own", provider_type="openai", api_key=KEY, base_url=vendor.base_url)
    add_model(http, made, "r1")
    return made


@pytest.mark.usefixtures("own")
def test_what_nobody_knows_passes_both_ways(caller: httpx.Client, vendor: CallVendor) -> None:
    answer = vendors.response("completed", [{"type": "web_search_call", "id": "ws_1"}], colour="blue")
    vendor.say(said_json(answer))
    asked = {"model": "r1", "input": [{"type": "unheard_of", "x": 1.50}], "odd": {"nested": [1, None]}}
    assert caller.post("/v1/responses", json=asked).json() == answer
    (heard,) = vendor.heard
    assert (heard.path, heard.headers["authorization"]) == ("/v1/responses", f"Bearer {KEY}")
    assert heard.json == asked


@pytest.mark.usefixtures("own")
def test_a_stream_of_the_vendors_own_passes_event_by_event(caller: httpx.Client, vendor: CallVendor) -> None:
    stream = vendors.stream(vendors.thought("Hm.", encrypted="gAAAA"), vendors.message(vendors.said("Hello")))
    vendor.say(said_events(stream[:100], stream[100:]))
    asked = {"model": "r1", "input": "Hi", "stream": True}
    assert caller.post("/v1/responses", json=asked).content == stream + DONE


@pytest.mark.usefixtures("own")
def test_what_another_vendor_wants_back_does_not_reach_openai(
    caller: httpx.Client, vendor: CallVendor
) -> None:
    vendor.say(said_json(vendors.response("completed")))
    hello = {"role": "user", "content": "Hello"}
    foreign = {
        "type": "reasoning",
        "summary": [],
        "encrypted_content": carried(Reasoning("Hm.", Protocol.MESSAGES, "c2ln")),
    }
    asked = {"model": "r1", "input": [hello, foreign]}
    assert caller.post("/v1/responses", json=asked).status_code == 200
    assert vendor.heard[0].json["input"] == [hello]


@pytest.mark.usefixtures("provider")
def test_the_official_client_creates_streams_and_parses_with_a_vendor_of_chat_completions(
    ai: OpenAI, vendor: CallVendor
) -> None:
    answer = ai.responses.create(model="m1", instructions="Be brief.", input="Hello there")
    assert answer.output_text == "Hello there"
    assert answer.store is False  # type: ignore[attr-defined]  # Open Responses' field, which the client keeps
    assert vendor.heard[0].json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello there"},
    ]
    with ai.responses.stream(model="m1", input="Grüße aus Köln") as stream:
        final = stream.get_final_response()
    assert final.output_text == "GrüßeausKöln"
    assert final.usage is not None
    assert final.usage.total_tokens == 21
    parsed = ai.responses.parse(model="m1", input='{"city":"Oslo"}', text_format=Place)
    assert parsed.output_parsed == Place(city="Oslo")
    assert vendor.heard[-1].json["response_format"]["json_schema"]["name"] == "Place"


@pytest.mark.usefixtures("provider")
def test_the_official_client_uses_tools_of_a_vendor_of_chat_completions(
    ai: OpenAI, vendor: CallVendor
) -> None:
    call = {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    asking = chat_completion("", choices=[_choice(content=None, tool_calls=[call])])
    vendor.say(said_json(asking))
    tool: Any = {"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": False}
    conversation: list[Any] = [{"role": "user", "content": "How is Oslo?"}]
    first = ai.responses.create(model="m1", input=conversation, tools=[tool])
    conversation += first.output
    conversation.append({"type": "function_call_output", "call_id": "call_a", "output": "-3"})

    assert ai.responses.create(model="m1", input=conversation, tools=[tool]).output_text == "-3"
    assert vendor.heard[-1].json["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_a", "content": "-3"},
    ]


def _choice(**message: Any) -> Json:
    return {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "tool_calls"}


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": [{"role": "user", "content": "Hi"}, {"type": "web_search_call"}]}, "input[1].type"),
        ({"reasoning": {"max_tokens": 2048}}, "reasoning.max_tokens"),
    ],
)
def test_what_cannot_be_said_to_another_vendor_is_refused_by_its_name(
    ai: OpenAI, vendor: CallVendor, fields: Json, named: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        ai.post("/responses", cast_to=object, body={"model": "m1", "input": "Hi"} | fields)
    assert refused.value.param == named
    assert named in refused.value.message
    assert vendor.heard == []


@pytest.mark.usefixtures("provider")
def test_a_translated_stream_that_is_cut_off_fails_once(caller: httpx.Client, vendor: CallVendor) -> None:
    first = b'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hal"}}]}\n\n'
    vendor.say(Said([first, b'data: {"cho'], cut=True))
    asked = {"model": "m1", "input": "Hi", "stream": True}
    told = caller.post("/v1/responses", json=asked).text
    assert told.count("event: response.failed\n") == 1
    *_, failed, done, _ = told.split("\n\n")
    assert done == "data: [DONE]"
    response = json.loads(failed.split("data: ")[1])["response"]
    assert response["error"]["type"] == "cut_off"
    assert response["output"][0]["status"] == "incomplete"


@pytest.mark.usefixtures("own")
def test_a_caller_of_chat_completions_reaches_a_vendor_of_responses(ai: OpenAI, vendor: CallVendor) -> None:
    message = vendors.message(vendors.said("Hello"))
    vendor.say(Said([vendors.whole(message)], headers={"content-type": "application/json"}))
    vendor.say(said_events(vendors.stream(vendors.call("call_a", "weather", '{"city":"Oslo"}'))))
    answer = ai.chat.completions.create(model="r1", messages=[{"role": "user", "content": "Hi"}])
    assert answer.choices[0].message.content == "Hello"
    chunks = ai.chat.completions.create(
        model="r1", messages=[{"role": "user", "content": "How is Oslo?"}], stream=True
    )
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    told = "".join(delta.function.arguments or "" for delta in deltas if delta.function)
    assert told == '{"city":"Oslo"}'
    assert vendor.heard[0].json["input"] == [{"type": "message", "role": "user", "content": "Hi"}]
    assert vendor.heard[0].json["store"] is False
