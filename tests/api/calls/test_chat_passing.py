"""POST /v1/chat/completions to a provider that speaks the same: what is not understood passes through."""

import threading

import httpx
import pytest
from openai import APIError, APIStatusError, OpenAI

from tests.api.calls.conftest import KEY
from tests.support.call_vendors import CallVendor, Said, said_events, said_json
from tests.support.chat_shapes import DONE, USAGE, USAGE_CHUNK, chat_completion, chat_stream, chunk, event
from tests.support.steps import Json

pytestmark = pytest.mark.usefixtures("provider")
ASKED: Json = {"model": "m1", "messages": [{"role": "user", "content": "Hello there"}]}


def test_openais_own_client_gets_an_answer(ai: OpenAI, vendor: CallVendor) -> None:
    answer = ai.chat.completions.create(model="m1", messages=[{"role": "user", "content": "Hello there"}])
    assert answer.choices[0].message.content == "Hello there"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 21
    (heard,) = vendor.heard
    assert (heard.path, heard.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert heard.json == ASKED


def test_openais_own_client_gets_a_stream(ai: OpenAI, vendor: CallVendor) -> None:
    stream = ai.chat.completions.create(
        model="m1", messages=[{"role": "user", "content": "Grüße aus Köln"}], stream=True
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "GrüßeausKöln"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert vendor.heard[0].json["stream_options"] == {"include_usage": True}


def test_a_caller_who_asks_for_usage_gets_it(ai: OpenAI) -> None:
    stream = ai.chat.completions.create(
        model="m1",
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    *_, last = stream
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.prompt_tokens == USAGE["prompt_tokens"]


def test_what_nobody_knows_passes_both_ways(caller: httpx.Client, vendor: CallVendor) -> None:
    vendor.say(said_json(chat_completion("Hi", colour={"of": ["the", "sky", 1.50]})))
    unknown = {"odd": {"nested": [1, None, "ü"]}, "timeout": 30}
    answer = caller.post("/v1/chat/completions", json=ASKED | unknown)
    assert answer.status_code == 200
    assert answer.json()["colour"] == {"of": ["the", "sky", 1.5]}
    assert vendor.heard[0].json == ASKED | {"odd": unknown["odd"]}


def test_the_body_of_an_answer_is_the_vendors_own_byte_for_byte(
    caller: httpx.Client, vendor: CallVendor
) -> None:
    body = b'{ "choices" : [ ],\n\t"usage":null, "price": 1.500, "u": "\\u00fc" }'
    vendor.say(Said([body], headers={"content-type": "application/json"}))
    assert caller.post("/v1/chat/completions", json=ASKED).content == body


def test_a_stream_is_the_vendors_own_byte_for_byte_but_for_the_usage_nobody_asked_for(
    caller: httpx.Client, vendor: CallVendor
) -> None:
    odd = b': a comment\r\n\r\nevent: odd\ndata: {"x":  1}\n\n'
    events = [chunk({"content": "a"}), odd, chunk({}, "stop"), USAGE_CHUNK, DONE]
    vendor.say(said_events(*events), said_events(*events))
    streamed = ASKED | {"stream": True}
    told = caller.post("/v1/chat/completions", json=streamed).content
    assert told == b"".join(events).replace(USAGE_CHUNK, b"")
    asked = streamed | {"stream_options": {"include_usage": True}}
    assert caller.post("/v1/chat/completions", json=asked).content == b"".join(events)


def test_an_answers_head_says_where_the_call_went(
    caller: httpx.Client, http: httpx.Client, provider: Json
) -> None:
    answer = caller.post("/v1/chat/completions", json=ASKED)
    model = next(one for one in http.get("/v1/llm-models").json()["data"] if one["model_id"] == "m1")
    assert answer.headers["keyroll-model"] == model["id"]
    assert answer.headers["keyroll-provider"] == provider["name"]
    assert answer.headers["keyroll-route"] == "model"
    assert int(answer.headers["keyroll-position"]) > 0
    assert answer.headers["keyroll-attempts"] == "1"
    assert 0 < float(answer.headers["keyroll-overhead"]) < 1000


def test_a_vendors_refusal_comes_scrubbed_and_in_the_callers_shape(ai: OpenAI, vendor: CallVendor) -> None:
    said = {"error": {"message": f"Incorrect API key: {KEY}", "type": "invalid_request_error"}}
    vendor.say(said_json(said, 401))
    with pytest.raises(APIStatusError) as refused:
        ai.chat.completions.create(model="m1", messages=[])
    assert refused.value.status_code == 502
    assert refused.value.code == "key_rejected"
    assert KEY not in refused.value.response.text
    assert "[redacted]" in refused.value.message


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_a_passing_failure_is_tried_again(caller: httpx.Client, vendor: CallVendor, status: int) -> None:
    vendor.say(said_json({}, status), Said([], cut=True))
    answer = caller.post("/v1/chat/completions", json=ASKED)
    assert answer.json()["choices"][0]["message"]["content"] == "Hello there"
    assert answer.headers["keyroll-attempts"] == "3"


def test_three_attempts_are_all(caller: httpx.Client, vendor: CallVendor) -> None:
    vendor.say(*[said_json({"error": {"message": "busy"}}, 429, **{"retry-after": "7"})] * 3)
    answer = caller.post("/v1/chat/completions", json=ASKED)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["error"]["type"] == "rate_limit_error"
    assert len(vendor.heard) == 3


def test_a_wait_beyond_the_calls_time_fails_at_once(caller: httpx.Client, vendor: CallVendor) -> None:
    vendor.say(said_json({}, 429, **{"retry-after": "9"}))
    answer = caller.post("/v1/chat/completions", json=ASKED, headers={"Keyroll-Timeout": "5"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "9")
    assert len(vendor.heard) == 1


def test_a_stream_that_breaks_before_its_first_byte_is_tried_again(
    caller: httpx.Client, vendor: CallVendor
) -> None:
    vendor.say(Said([], headers={"content-type": "text/event-stream"}, cut=True))
    answer = caller.post("/v1/chat/completions", json=ASKED | {"stream": True})
    assert answer.content.endswith(DONE)
    assert answer.headers["keyroll-attempts"] == "2"


def test_a_stream_that_is_cut_off_ends_in_one_error_and_is_not_tried_again(
    ai: OpenAI, vendor: CallVendor
) -> None:
    vendor.say(Said([chunk({"content": "Hal"}), b'data: {"cho'], cut=True))
    with pytest.raises(APIError, match="broke off"):
        list(ai.chat.completions.create(model="m1", messages=[], stream=True))
    assert len(vendor.heard) == 1


def test_a_stream_whose_end_mark_is_left_out_gets_one(caller: httpx.Client, vendor: CallVendor) -> None:
    events = [chunk({"content": "a"}), chunk({}, "stop")]
    vendor.say(said_events(*events))
    assert caller.post("/v1/chat/completions", json=ASKED | {"stream": True}).content == b"".join(
        [*events, DONE]
    )


def test_an_error_in_mid_stream_ends_it_scrubbed(caller: httpx.Client, vendor: CallVendor) -> None:
    read = threading.Event()
    error = event({"error": {"message": f"the key {KEY} is spent", "code": 5}})
    vendor.say(said_events(chunk({"content": "a"}), read, error, chunk({"content": "b"}), DONE))
    with caller.stream("POST", "/v1/chat/completions", json=ASKED | {"stream": True}) as answer:
        pieces = answer.iter_bytes()
        assert next(pieces) == chunk({"content": "a"})
        read.set()
        told = b"".join(pieces)
    assert told == b'data: {"error":{"message":"the key [redacted] is spent","code":5}}\n\n'


def test_an_error_that_is_all_of_a_stream_has_a_status(caller: httpx.Client, vendor: CallVendor) -> None:
    vendor.say(said_events(event({"error": {"message": "no such thing"}})))
    answer = caller.post("/v1/chat/completions", json=ASKED | {"stream": True})
    assert answer.status_code == 502
    assert "no such thing" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": {"message": "no"}}', b"\xff"])
def test_a_success_that_is_none_is_an_error(caller: httpx.Client, vendor: CallVendor, body: bytes) -> None:
    vendor.say(Said([body], headers={"content-type": "application/json"}))
    assert caller.post("/v1/chat/completions", json=ASKED).status_code == 502


def test_redirects_are_not_followed(caller: httpx.Client, vendor: CallVendor) -> None:
    vendor.say(Said([], 307, {"location": f"{vendor.base_url}/elsewhere"}))
    answer = caller.post("/v1/chat/completions", json=ASKED)
    assert answer.status_code == 502
    assert "redirects are not followed" in answer.json()["error"]["message"]
    assert len(vendor.heard) == 1


def test_streams_of_many_words_arrive_whole(caller: httpx.Client, vendor: CallVendor) -> None:
    words = [f"w{number}" for number in range(2_000)]
    vendor.say(said_events(*chat_stream(*words)))
    told = caller.post("/v1/chat/completions", json=ASKED | {"stream": True}).text
    assert told.count('"content": "w') == len(words)
