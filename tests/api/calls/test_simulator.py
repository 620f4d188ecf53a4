"""The simulator, called with OpenAI's own client over real sockets: no key, no network, no vendor."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageFunctionToolCall
from openai.types.responses import ResponseFunctionToolCall
from pydantic import BaseModel

from adapters.drivers.calls.local import LOCAL_DRIVERS
from domain.access import Role
from domain.provider_type import ProviderType
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_provider, change_model, roll, sync

HELLO: Any = [{"role": "user", "content": "Hello, world"}]
ASKED: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
CITY: Any = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
TIME: Any = {"type": "function", "function": {"name": "time", "parameters": {"type": "object"}}}
PNG = "data:image/png;base64,iVBORw0KGgo="


class Place(BaseModel):
    """What a structured answer must be."""

    city: str
    inhabitants: int


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A simulator of the test's organization, synced."""
    made = add_provider(http, "Simulator", provider_type="simulator", api_key=None)
    assert sync(http, made)["status"] == "success"
    return made


@pytest.fixture
def sim(ai: OpenAI, provider: Json) -> OpenAI:
    """OpenAI's client, where the simulator's models are."""
    assert provider["credential_source"] == "not_needed"
    return ai


@pytest.fixture
def caller_of_sim(caller: httpx.Client, provider: Json) -> httpx.Client:
    """A plain client, where the simulator's models are."""
    assert provider["id"]
    return caller


def _calls(message: Any) -> list[ChatCompletionMessageFunctionToolCall]:
    return [call for call in message.tool_calls if isinstance(call, ChatCompletionMessageFunctionToolCall)]


def _results(calls: list[ChatCompletionMessageFunctionToolCall]) -> Iterator[Json]:
    for call in calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": f"{call.function.name}: fine"}


def test_an_echo_repeats_what_was_said_and_counts_its_words(sim: OpenAI) -> None:
    answer = sim.chat.completions.create(model="sim-echo", messages=HELLO)
    assert answer.choices[0].message.content == "Hello, world"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "sim-echo"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (2, 2)
    response = sim.responses.create(model="Simulator/sim-echo", input="Hello, world")
    assert response.output_text == "Hello, world"
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (2, 2)


def test_a_stream_comes_in_small_pieces_that_make_up_the_whole(sim: OpenAI) -> None:
    stream = sim.chat.completions.create(
        model="sim-long", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    pieces, usage = [], None
    for chunk in stream:
        pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
        usage = chunk.usage or usage
    assert "".join(pieces) == " ".join(map(str, range(1, 1001)))
    assert usage is not None
    assert (len(pieces), usage.completion_tokens) == (1000, 1000)
    with sim.responses.stream(model="sim-long", input="Count") as events:
        deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == pieces


def test_answers_bear_the_headers_of_every_call(caller_of_sim: httpx.Client, provider: Json) -> None:
    for stream in (False, True):
        body = {"model": "sim-echo", "messages": HELLO, "stream": stream}
        answer = caller_of_sim.post("/v1/chat/completions", json=body)
        assert answer.status_code == 200
        assert answer.headers["keyroll-provider"] == provider["name"]
        assert (answer.headers["keyroll-route"], answer.headers["keyroll-attempts"]) == ("model", "1")
        assert {"keyroll-model", "keyroll-position", "keyroll-overhead"} <= answer.headers.keys()


def test_equal_calls_get_equal_answers(sim: OpenAI) -> None:
    answers = [
        sim.chat.completions.create(model="sim-thinking", messages=ASKED, tools=[WEATHER]) for _ in range(2)
    ]
    first, second = (answer.choices[0].message.to_dict() for answer in answers)
    assert first == second


def test_a_loop_of_tools_goes_round_in_chat(sim: OpenAI) -> None:
    asked = [{"role": "user", "content": "The weather and the time, please"}]
    messages: Any = list(asked)
    first = sim.chat.completions.create(model="sim-tools", messages=messages, tools=[WEATHER, TIME])
    assert first.choices[0].finish_reason == "tool_calls"
    message = first.choices[0].message
    calls = _calls(message)
    assert [call.function.name for call in calls] == ["weather", "time"]
    assert json.loads(calls[0].function.arguments) == {"city": "The weather and the time, please"}
    messages += [message.to_dict(), *_results(calls)]
    second = sim.chat.completions.create(model="sim-tools", messages=messages, tools=[WEATHER, TIME])
    assert second.choices[0].message.content == "weather answered: weather: fine\ntime answered: time: fine"
    messages += [second.choices[0].message.to_dict(), *asked]
    third = sim.chat.completions.create(model="sim-tools", messages=messages, tools=[WEATHER, TIME])
    assert {call.id for call in calls}.isdisjoint(call.id for call in _calls(third.choices[0].message))


def test_a_streamed_loop_of_tools_goes_round_in_responses_and_brings_its_thoughts_back(sim: OpenAI) -> None:
    tool: Any = {"type": "function", "name": "weather", "parameters": CITY, "strict": True}
    given: Any = [{"role": "user", "content": "The weather in Paris?"}]
    asked: Any = {"model": "sim-thinking", "tools": [tool], "include": ["reasoning.encrypted_content"]}
    with sim.responses.stream(**asked, input=given, store=False) as events:
        first = events.until_done().get_final_response()
    assert [item.type for item in first.output] == ["reasoning", "function_call"]
    call = first.output[1]
    assert isinstance(call, ResponseFunctionToolCall)
    assert json.loads(call.arguments) == {"city": "The weather in Paris?"}
    given += first.output
    given.append({"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"})
    second = sim.responses.create(**asked, input=given, store=False)
    assert [item.type for item in second.output] == ["reasoning", "message"]
    assert second.output_text == "weather answered: 18 degrees"


@pytest.mark.parametrize("effort", ["none", "high"])
def test_a_model_thinks_when_it_is_asked_to(sim: OpenAI, effort: Any) -> None:
    answer = sim.chat.completions.create(model="sim-echo", messages=HELLO, reasoning_effort=effort)
    thoughts = answer.choices[0].message.to_dict().get("reasoning_content")
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    thought = answer.usage.completion_tokens_details.reasoning_tokens
    if effort == "none":
        assert (thoughts, thought) == (None, 0)
    else:
        assert thoughts == "I am asked: Hello, world I can answer at once."
        assert thought == len(thoughts.split())


def test_a_structured_answer_fits_its_schema_in_chat_and_in_responses(sim: OpenAI) -> None:
    parsed = sim.chat.completions.parse(model="sim-echo", messages=HELLO, response_format=Place)
    assert parsed.choices[0].message.parsed == Place(city="Hello, world", inhabitants=1)
    with sim.responses.stream(model="sim-echo", input="Oslo", text_format=Place) as events:
        final = events.until_done().get_final_response()
    assert final.output_parsed == Place(city="Oslo", inhabitants=1)


def test_images_are_seen(sim: OpenAI) -> None:
    content: Any = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": PNG}}]
    answer = sim.chat.completions.create(model="sim-echo", messages=[{"role": "user", "content": content}])
    assert answer.choices[0].message.content == "Look: [image/png]"


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("sim-error-400", 400, "invalid_request"),
        ("sim-error-401", 502, "key_rejected"),
        ("sim-error-429", 429, "rate_limited"),
        ("sim-error-500", 502, "vendor_error"),
        ("sim-error-503", 503, "overloaded"),
        ("sim-cut-off", 502, "unreachable"),
    ],
)
def test_errors_are_told_as_a_vendors_are(sim: OpenAI, model: str, status: int, code: str) -> None:
    for stream in (False, True):
        if (model, stream) == ("sim-cut-off", True):
            continue
        with pytest.raises(openai.APIStatusError) as refused:
            sim.chat.completions.create(model=model, messages=HELLO, stream=stream)
        assert (refused.value.status_code, refused.value.code) == (status, code)
        assert refused.value.response.headers.get("retry-after") == ("1" if status == 429 else None)


def test_a_flaky_model_is_tried_again(caller_of_sim: httpx.Client) -> None:
    body = {"model": "sim-flaky", "messages": HELLO}
    answer = caller_of_sim.post("/v1/chat/completions", json=body)
    assert (answer.status_code, answer.headers["keyroll-attempts"]) == (200, "2")


def test_a_stream_that_breaks_off_ends_in_one_error(caller_of_sim: httpx.Client) -> None:
    for path, asked in (("chat/completions", {"messages": HELLO}), ("responses", {"input": "Hello, world"})):
        answer = caller_of_sim.post(f"/v1/{path}", json={"model": "sim-cut-off", "stream": True, **asked})
        assert answer.status_code == 200
        assert answer.text.count("cut_off") == 1
        assert "Hello," in answer.text


def test_a_slow_answer_is_given_up_when_its_time_is_over(caller_of_sim: httpx.Client) -> None:
    for stream in (False, True):
        body = {"model": "sim-slow", "messages": HELLO, "stream": stream, "timeout": 0.1}
        answer = caller_of_sim.post("/v1/chat/completions", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")


def test_a_caller_who_hangs_up_ends_the_work_of_the_simulator(
    caller_of_sim: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, let_go = threading.Event(), threading.Event()

    async def for_ever(_seconds: float) -> None:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            let_go.set()

    monkeypatch.setattr(LOCAL_DRIVERS[ProviderType.SIMULATOR], "_pause", for_ever)
    for stream in (False, True):
        body = {"model": "sim-slow", "messages": HELLO, "stream": stream}
        with pytest.raises(httpx.ReadTimeout):
            caller_of_sim.post("/v1/chat/completions", json=body, timeout=httpx.Timeout(60, read=0.2))
        assert waiting.wait(60)
        assert let_go.wait(60)
        waiting.clear()
        let_go.clear()


def test_a_declined_call_says_so(sim: OpenAI) -> None:
    message = sim.chat.completions.create(model="sim-refusal", messages=HELLO).choices[0].message
    assert (message.content, message.refusal) == (None, "I would rather not.")


@pytest.mark.parametrize("path", ["chat/completions", "responses"])
def test_what_cannot_be_read_or_made_up_is_refused_by_the_callers_name_of_it(
    caller_of_sim: httpx.Client, path: str
) -> None:
    asked: Json = {"messages": HELLO} if path == "chat/completions" else {"input": "Hello"}
    bad: Json = {"messages": 5} if path == "chat/completions" else {"input": 5}
    schema = {"type": "object", "properties": {"code": {"type": "string", "pattern": "^[A-Z]{3}$"}}}
    if path == "chat/completions":
        form: Json = {
            "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        }
    else:
        form = {"text": {"format": {"type": "json_schema", "name": "x", "schema": schema}}}
    for stream in (False, True):
        head = {"model": "sim-echo", "stream": stream}
        unread = caller_of_sim.post(f"/v1/{path}", json={**head, **bad})
        assert (unread.status_code, unread.json()["error"]["code"]) == (400, "invalid_request")
        refused = caller_of_sim.post(f"/v1/{path}", json={**head, **asked, **form})
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (400, "inexpressible")
        assert "'pattern'" in error["message"]
        assert error["param"].split(".")[0] in form


def test_thoughts_that_were_altered_are_refused(sim: OpenAI) -> None:
    message = sim.chat.completions.create(model="sim-thinking", messages=ASKED, tools=[WEATHER]).choices[0]
    given: Any = [*ASKED, message.message.to_dict(), *_results(_calls(message.message))]
    again = sim.chat.completions.create(model="sim-thinking", messages=given)
    assert again.choices[0].message.content == "weather answered: weather: fine"
    altered = json.loads(json.dumps(given).replace("I shall ask", "I will ask"))
    with pytest.raises(openai.BadRequestError, match="send them back unchanged"):
        sim.chat.completions.create(model="sim-thinking", messages=altered)


def test_the_models_list_shows_the_simulators_and_one_may_be_the_default(
    sim: OpenAI, http: httpx.Client, keyroll: KeyrollInAThread, organization_name: str
) -> None:
    assert {model.id for model in sim.models.list()} == {
        model["model_id"] for model in roll(http).values() if model["model_id"].startswith("sim-")
    }
    change_model(http, roll(http)["sim-echo"], is_default=True)
    assert http.get("/v1/llm-models/default").json()["usable"] is True
    with keyroll.client(keyroll.token(Role.CALLER, organization_name, name="second")) as client:
        answer = client.post("/v1/chat/completions", json={"messages": HELLO})
        assert answer.headers["keyroll-route"] == "default"
        assert answer.json()["choices"][0]["message"]["content"] == "Hello, world"
