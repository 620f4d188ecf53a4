"""What servers that speak Chat Completions do differently from OpenAI is understood."""

import json
from typing import Any

import pytest

from adapters.drivers.calls.chat import ChatDriver
from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.sse import LARGEST_EVENT
from domain.call import (
    Broke,
    Call,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    StopReason,
    TextCame,
    Usage,
)
from domain.conversation import Message, Protocol, Reasoning, Role, Text, ToolUse
from tests.adapters.drivers.calls.chat_cases import (
    BEGAN,
    COUNTED,
    USAGE,
    chunk,
    whole,
)
from tests.adapters.drivers.calls.chat_request_cases import whole_call
from tests.adapters.drivers.calls.contract import read, sse

DRIVER = ChatDriver()
STOPPED = chunk("stop")


def _read(*data: Any) -> list[CallEvent]:
    return read(DRIVER.events(), [sse(*data)])


def test_an_end_needs_no_done_and_no_usage() -> None:
    assert _read(chunk(content="Hi"), STOPPED) == [BEGAN, TextCame("Hi"), Ended(StopReason.END, Usage())]


def test_done_is_an_end_though_no_reason_was_given() -> None:
    assert _read(chunk(content="Hi"), "[DONE]")[-1] == Ended(StopReason.END, Usage())


def test_done_with_nothing_before_it_is_no_answer() -> None:
    assert [event.kind for event in _read("[DONE]") if isinstance(event, Broke)] == ["cut_off"]


def test_the_usage_chunk_ends_the_answer_of_a_server_that_keeps_the_connection_open() -> None:
    usage = {"id": "chatcmpl-1", "choices": [], "usage": USAGE}
    events = list(DRIVER.events().feed(sse(STOPPED, usage)))
    assert events == [BEGAN, Ended(StopReason.END, COUNTED)]


def test_azures_chunk_of_filter_results_before_the_answer_ends_nothing() -> None:
    filtered = {"id": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    assert _read(filtered, chunk(content="Hi"), STOPPED, "[DONE]")[1:] == [
        TextCame("Hi"),
        Ended(StopReason.END, Usage()),
    ]


def test_of_usage_with_every_chunk_the_last_counts() -> None:
    first = chunk(content="Hi") | {"usage": {"prompt_tokens": 9, "completion_tokens": 1}}
    last = STOPPED | {"usage": USAGE}
    assert _read(first, last, "[DONE]")[-1] == Ended(StopReason.END, COUNTED)


def test_usage_that_comes_with_the_reason_to_stop_does_not_hide_the_last_one() -> None:
    early = STOPPED | {"usage": {"prompt_tokens": 9, "completion_tokens": 1}}
    last = {"id": "chatcmpl-1", "choices": [], "usage": USAGE}
    assert _read(early, last, "[DONE]") == [BEGAN, Ended(StopReason.END, COUNTED)]


def test_deepseeks_count_of_cached_tokens_is_read() -> None:
    usage = USAGE | {"prompt_cache_hit_tokens": 5}
    assert _read(STOPPED | {"usage": usage}, "[DONE]")[-1] == Ended(StopReason.END, Usage(9, 4, 5))


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"error": {"message": "slow down", "code": 429}}, "rate_limited", 429),
        ({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, "rate_limited", 429),
        ({"error": {"message": "no money", "type": "insufficient_quota"}}, "quota_exhausted", 429),
        ({"error": {"message": "too long", "type": "invalid_request_error"}}, "invalid_request", 400),
        ({"error": {"message": "what", "code": None}}, "vendor_error", 502),
        ({"error": "what"}, "vendor_error", 502),
        ({"error": {}, "object": "error", "message": "what", "code": 400}, "invalid_request", 400),
        ({"object": "error", "message": "what", "type": "x"}, "vendor_error", 502),
    ],
)
def test_an_error_in_an_answer_of_status_200_breaks_it_off(error: Any, kind: str, status: int) -> None:
    for events in (_read(error, chunk(content="after")), DRIVER.whole(json.dumps(error).encode())):
        assert [(event.kind, event.status) for event in events if isinstance(event, Broke)] == [
            (kind, status)
        ]
        assert len(events) == 1


def test_an_error_without_words_says_that_no_reason_is_given() -> None:
    assert _read({"error": {"code": 500}}) == [
        Broke("vendor_error", "the provider broke the answer off: no reason is given")
    ]


@pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
def test_a_reason_that_is_an_interruption_breaks_the_answer_off(reason: str) -> None:
    events = _read(chunk(content="Hi"), chunk(reason), "[DONE]")
    assert [event.kind for event in events if isinstance(event, Broke)] == ["vendor_error"]


@pytest.mark.parametrize(
    ("reason", "meant"),
    [
        ("eos", StopReason.END),
        ("model_length", StopReason.LENGTH),
        ("function_call", StopReason.TOOL_USE),
    ],
)
def test_other_words_for_a_reason_are_understood(reason: str, meant: StopReason) -> None:
    assert _read(chunk(reason), "[DONE]")[-1] == Ended(meant, Usage())


def test_a_stop_reason_that_is_the_number_of_a_token_is_no_stop_sequence() -> None:
    last = chunk("stop")
    last["choices"][0]["stop_reason"] = 2
    assert _read(last)[-1] == Ended(StopReason.END, Usage())


def test_an_answer_with_tools_that_says_stop_asks_for_them_all_the_same() -> None:
    call = whole_call("call_a", "now", "{}")
    assert _read(chunk(tool_calls=[call | {"index": 0}]), STOPPED)[-1] == Ended(StopReason.TOOL_USE, Usage())


def test_thoughts_may_be_called_reasoning_and_are_told_once_if_under_both_names() -> None:
    thought = chunk(reasoning="Hm.", reasoning_content="Hm.")
    assert _read(chunk(reasoning="So. "), thought, chunk(content="Hi"), STOPPED)[1:-1] == [
        ReasoningCame(0, "So. "),
        ReasoningCame(0, "Hm."),
        ReasoningEnded(0, "So. Hm.", Protocol.CHAT),
        TextCame("Hi"),
    ]


def test_thoughts_between_words_are_blocks_of_their_own() -> None:
    events = _read(chunk(reasoning="A"), chunk(content="b"), chunk(reasoning="C"), STOPPED)
    assert events[1:-1] == [
        ReasoningCame(0, "A"),
        ReasoningEnded(0, "A", Protocol.CHAT),
        TextCame("b"),
        ReasoningCame(1, "C"),
        ReasoningEnded(1, "C", Protocol.CHAT),
    ]


def test_mistrals_lists_of_thoughts_and_words_are_read() -> None:
    thought = {
        "type": "thinking",
        "thinking": [{"type": "text", "text": "Hm."}, {"type": "text", "text": ""}],
    }
    content = [thought, {"type": "thinking", "thinking": "So."}, {"type": "text", "text": "Hi"}]
    expected = [
        ReasoningCame(0, "Hm."),
        ReasoningCame(0, "So."),
        ReasoningEnded(0, "Hm.So.", Protocol.CHAT),
        TextCame("Hi"),
    ]
    assert _read(chunk(content=content), STOPPED)[1:-1] == expected
    assert DRIVER.whole(whole("stop", content=content))[1:-1] == expected


def test_answers_besides_the_first_are_passed_over() -> None:
    other = chunk(content="other")
    other["choices"][0]["index"] = 1
    assert _read(other, chunk(content="Hi"), STOPPED)[1:-1] == [TextCame("Hi")]


def test_an_event_beyond_all_bounds_makes_the_answer_malformed() -> None:
    events = list(DRIVER.events().feed(b"data: " + b"x" * LARGEST_EVENT))
    assert [event.kind for event in events if isinstance(event, Broke)] == ["malformed"]


@pytest.mark.parametrize("choices", [[], [{"index": 0, "message": {"content": "Hi"}, "finish_reason": None}]])
def test_a_whole_answer_that_does_not_say_why_it_ended_is_malformed(choices: list[Any]) -> None:
    last = DRIVER.whole(json.dumps({"id": "chatcmpl-1", "choices": choices}).encode())[-1]
    assert isinstance(last, Broke)
    assert last.kind == "malformed"


@pytest.mark.parametrize(
    ("base_url", "limit"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://res.openai.azure.com/openai/v1/", "max_completion_tokens"),
        ("https://api.openai.com.example/v1", "max_tokens"),
        ("http://127.0.0.1:11434/v1", "max_tokens"),
    ],
)
def test_openai_and_azure_get_their_own_words_and_others_those_that_all_know(
    base_url: str, limit: str
) -> None:
    thought = Reasoning("Hm.", Protocol.CHAT)
    messages = (Message(Role.ASSISTANT, (thought, ToolUse("call_a", "now", "{}"))),)
    call = Call(messages=messages, max_output_tokens=5)
    request = DRIVER.request(call, CallModel("m-1"), None, base_url)
    body = json.loads(request.body)
    assert body[limit] == 5
    assert len({"max_tokens", "max_completion_tokens"} & set(body)) == 1
    assert ("reasoning_content" in body["messages"][0]) is (limit == "max_tokens")
    assert request.url == f"{base_url.rstrip('/')}/chat/completions"


def test_an_assistant_that_only_thought_in_another_protocol_said_nothing() -> None:
    messages = (Message(Role.ASSISTANT, (Reasoning("Hm.", Protocol.MESSAGES),)),)
    body = json.loads(DRIVER.request(Call(messages=messages), CallModel("m-1"), None, "http://x/v1").body)
    assert body["messages"] == [{"role": "assistant", "content": ""}]


def test_several_texts_stay_several() -> None:
    messages = (Message(Role.USER, (Text("a"), Text("b"))),)
    body = json.loads(DRIVER.request(Call(messages=messages), CallModel("m-1"), None, "http://x/v1").body)
    assert body["messages"][0]["content"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
