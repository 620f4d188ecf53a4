"""Chat Completions: its streams and answers in the shapes that OpenAI documents and that others send.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

import json
from typing import Any

from adapters.drivers.calls.chat import ChatDriver
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
from domain.conversation import Protocol
from tests.adapters.drivers.calls.chat_request_cases import REQUESTS, whole_call
from tests.adapters.drivers.calls.contract import Answer, Failure, Table, sse

BEGAN = Began("chatcmpl-1", "m-1")
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
COUNTED = Usage(input=9, output=4)


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _envelope("chat.completion.chunk", [choice])


def _envelope(kind: str, choices: list[Any], **more: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "m-1", "choices": choices, **more}


def stream(*chunks: dict[str, Any], usage: dict[str, Any] | None = None) -> bytes:
    last = _envelope("chat.completion.chunk", [], usage=usage or USAGE)
    return sse(chunk(role="assistant", content=""), *chunks, last, "[DONE]")


def whole(finish: str, usage: dict[str, Any] | None = None, **message: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return json.dumps(_envelope("chat.completion", [choice], usage=usage or USAGE)).encode()


def call_delta(index: int, **call: Any) -> dict[str, Any]:
    return chunk(tool_calls=[{"index": index, **call}])


def began_call(index: int, call_id: str, name: str) -> dict[str, Any]:
    return call_delta(index, id=call_id, type="function", function={"name": name, "arguments": ""})


def arguments(index: int, text: str) -> dict[str, Any]:
    return call_delta(index, function={"arguments": text})


def _events(
    *events: CallEvent, reason: StopReason = StopReason.END, usage: Usage = COUNTED
) -> tuple[CallEvent, ...]:
    return (BEGAN, *events, Ended(reason, usage))


def _text_answers() -> dict[str, Answer]:
    scripts = ("Grüße, ", "世界 👋🏽", " — naïve")
    schema_text = '{"city":"Oslo"}'
    return {
        "text": Answer(
            stream(chunk(content="Hel"), chunk(content="lo"), chunk("stop")),
            _events(TextCame("Hel"), TextCame("lo")),
            whole("stop", content="Hello", refusal=None, annotations=[]),
        ),
        "text in many scripts": Answer(
            stream(*(chunk(content=text) for text in scripts), chunk("stop")),
            _events(*(TextCame(text) for text in scripts)),
            whole("stop", content="".join(scripts)),
        ),
        "structured output": Answer(
            stream(chunk(content=schema_text[:5]), chunk(content=schema_text[5:]), chunk("stop")),
            _events(TextCame(schema_text[:5]), TextCame(schema_text[5:])),
            whole("stop", content=schema_text),
        ),
        "refusal": Answer(
            stream(chunk(refusal="I can"), chunk(refusal="not."), chunk("stop")),
            _events(RefusalCame("I can"), RefusalCame("not."), reason=StopReason.REFUSAL),
            whole("stop", content=None, refusal="I cannot."),
        ),
        "length": Answer(
            stream(chunk(content="Once"), chunk("length")),
            _events(TextCame("Once"), reason=StopReason.LENGTH),
            whole("length", content="Once"),
        ),
        "content filter": Answer(
            stream(chunk("content_filter")),
            _events(reason=StopReason.CONTENT_FILTER),
            whole("content_filter", content=None),
        ),
    }


def _stop_sequence() -> Answer:
    """OpenAI does not tell it from an end; vLLM does, with ``stop_reason``."""
    last = chunk("stop")
    last["choices"][0]["stop_reason"] = "###"
    document = json.loads(whole("stop", content="One"))
    document["choices"][0]["stop_reason"] = "###"
    return Answer(
        stream(chunk(content="One"), last),
        (BEGAN, TextCame("One"), Ended(StopReason.STOP_SEQUENCE, COUNTED, "###")),
        json.dumps(document).encode(),
    )


def _tool_answers() -> dict[str, Answer]:
    oslo, rome = '{"city":"Oslo"}', '{"city":"Rome"}'
    used = StopReason.TOOL_USE
    return {
        "a tool": Answer(
            stream(
                began_call(0, "call_a", "weather"),
                arguments(0, oslo[:7]),
                arguments(0, oslo[7:]),
                chunk("tool_calls"),
            ),
            _events(
                ToolUseBegan(0, "call_a", "weather"),
                ArgumentsCame(0, oslo[:7]),
                ArgumentsCame(0, oslo[7:]),
                reason=used,
            ),
            whole("tool_calls", content=None, tool_calls=[whole_call("call_a", "weather", oslo)]),
        ),
        "parallel tools": Answer(
            stream(
                chunk(content="Both."),
                began_call(0, "call_a", "weather"),
                arguments(0, oslo),
                began_call(1, "call_b", "weather"),
                arguments(1, rome),
                chunk("tool_calls"),
            ),
            _events(
                TextCame("Both."),
                ToolUseBegan(0, "call_a", "weather"),
                ArgumentsCame(0, oslo),
                ToolUseBegan(1, "call_b", "weather"),
                ArgumentsCame(1, rome),
                reason=used,
            ),
            whole(
                "tool_calls",
                content="Both.",
                tool_calls=[whole_call("call_a", "weather", oslo), whole_call("call_b", "weather", rome)],
            ),
        ),
        "reasoning, then tools": Answer(
            stream(
                chunk(reasoning_content="It asks "),
                chunk(reasoning_content="for Oslo."),
                began_call(0, "call_a", "weather"),
                arguments(0, oslo),
                chunk("tool_calls"),
            ),
            _events(
                ReasoningCame(0, "It asks "),
                ReasoningCame(0, "for Oslo."),
                ReasoningEnded(0, "It asks for Oslo.", Protocol.CHAT),
                ToolUseBegan(0, "call_a", "weather"),
                ArgumentsCame(0, oslo),
                reason=used,
            ),
            whole(
                "tool_calls",
                content=None,
                reasoning_content="It asks for Oslo.",
                tool_calls=[whole_call("call_a", "weather", oslo)],
            ),
        ),
    }


def _detailed_usage() -> Answer:
    usage = USAGE | {
        "prompt_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 2, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 3, "accepted_prediction_tokens": 0},
    }
    counted = Usage(input=9, output=4, cached_input=6, cache_write=2, reasoning=3)
    return Answer(
        stream(chunk(content="Yes"), chunk("stop"), usage=usage),
        _events(TextCame("Yes"), usage=counted),
        whole("stop", usage=usage, content="Yes"),
    )


def _broken() -> Answer:
    error = {"error": {"message": "The engine went away", "type": "server_error", "code": 503}}
    return Answer(
        sse(chunk(role="assistant", content=""), chunk(content="Hel"), error),
        (
            BEGAN,
            TextCame("Hel"),
            Broke("overloaded", "the provider broke the answer off: The engine went away", 503),
        ),
    )


TABLE = Table(
    driver=ChatDriver(),
    base_url="https://vllm.example/v1/",
    answers=_text_answers()
    | _tool_answers()
    | {
        "stop sequence": _stop_sequence(),
        "cached and reasoning tokens": _detailed_usage(),
        "broken off by the vendor": _broken(),
    },
    requests=REQUESTS,
    failures={
        "bad request": Failure(
            400, b'{"error":{"message":"bad","type":"invalid_request_error"}}', "invalid_request", 400
        ),
        "bad key": Failure(401, b'{"error":{"message":"no","code":"invalid_api_key"}}', "key_rejected", 502),
        "rate limit": Failure(429, b'{"error":{"code":"rate_limit_exceeded"}}', "rate_limited", 429),
        "quota": Failure(429, b'{"error":{"code":"insufficient_quota"}}', "quota_exhausted", 429),
        "overload": Failure(503, b"<html>busy</html>", "overloaded", 503),
        "another client error": Failure(418, b"", "invalid_request", 400),
        "another server error": Failure(599, b"{}", "vendor_error", 502),
    },
)
