"""Answers and streams as Responses gives them: what they say of themselves, and how they end."""

import json

import pytest

from api.calls import responses
from api.calls.refusals import CallRefused
from domain.call import (
    ArgumentsCame,
    Broke,
    Ended,
    ReasoningCame,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from tests.api.calls.responses_written import BEGAN, ECHO, END, HEAD, USAGE, streamed, whole


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


def test_a_refusal_without_words_is_an_answer_that_was_filtered() -> None:
    answer = whole(BEGAN, TextCame("Well"), Ended(StopReason.REFUSAL, USAGE))
    assert answer["status"] == "incomplete"
    assert answer["incomplete_details"] == {"reason": "content_filter"}


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
