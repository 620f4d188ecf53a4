"""What Gemini's generateContent answers, and the events that it becomes."""

import json
from typing import Any

from adapters.drivers.calls.generate_content import GenerateContentDriver
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from domain.conversation import Protocol
from tests.adapters.drivers.calls.contract import Answer, Failure, Table, sse
from tests.adapters.drivers.calls.generate_request_cases import REQUESTS
from tests.adapters.drivers.calls.generate_wire import (
    OSLO,
    ROME,
    answer,
    chunk,
    compact,
    function,
    made_id,
    text,
)

BEGAN = Began("resp-1", "gemini-9")
COUNTED = Usage(input=9, output=4)


def _events(
    *events: CallEvent, reason: StopReason = StopReason.END, usage: Usage = COUNTED
) -> tuple[CallEvent, ...]:
    return (BEGAN, *events, Ended(reason, usage))


def _text_answers() -> dict[str, Answer]:
    scripts = ("Grüße, ", "世界 👋🏽", " — naïve")
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}
    prompt = blocked | {"modelVersion": "gemini-9", "responseId": "resp-1"}
    other = {"index": 1, "content": {"parts": [{"text": "Another answer"}]}, "finishReason": "STOP"}
    two = chunk(text("One"), finish="STOP")
    two["candidates"].append(other)
    return {
        "text": answer(
            chunk(text("Hel")),
            chunk(text("lo")),
            chunk(text(""), finish="STOP"),
            events=_events(TextCame("Hel"), TextCame("lo")),
        ),
        "text in many scripts": answer(
            *(chunk(text(said)) for said in scripts),
            chunk(finish="STOP"),
            events=_events(*map(TextCame, scripts)),
        ),
        "structured output": answer(
            chunk(text(OSLO[:5])),
            chunk(text(OSLO[5:]), finish="STOP"),
            events=_events(TextCame(OSLO[:5]), TextCame(OSLO[5:])),
        ),
        "length": answer(
            chunk(text("Once")),
            chunk(finish="MAX_TOKENS"),
            events=_events(TextCame("Once"), reason=StopReason.LENGTH),
        ),
        "content filter": answer(
            chunk(text("Once")),
            chunk(finish="PROHIBITED_CONTENT"),
            events=_events(TextCame("Once"), reason=StopReason.CONTENT_FILTER),
        ),
        "a prompt that is blocked": Answer(
            sse(compact(prompt)),
            (BEGAN, Ended(StopReason.CONTENT_FILTER, Usage(input=9))),
            compact(prompt).encode(),
        ),
        "the first of two answers": Answer(
            sse(compact(two)), _events(TextCame("One")), compact(two).encode()
        ),
    }


def _tool_answers() -> dict[str, Answer]:
    used = StopReason.TOOL_USE
    first, second = made_id(0, OSLO), made_id(1, ROME)
    return {
        "a tool": answer(
            chunk(function("Oslo", "fc-1"), finish="STOP"),
            events=_events(ToolUseBegan(0, "fc-1", "weather"), ArgumentsCame(0, OSLO), reason=used),
        ),
        "a tool without arguments": answer(
            chunk({"functionCall": {"name": "weather", "id": "fc-1"}}, finish="STOP"),
            events=_events(ToolUseBegan(0, "fc-1", "weather"), ArgumentsCame(0, "{}"), reason=used),
        ),
        "parallel tools": answer(
            chunk(text("Both.")),
            chunk(function("Oslo"), function("Rome"), finish="STOP"),
            events=_events(
                TextCame("Both."),
                ToolUseBegan(0, first, "weather"),
                ArgumentsCame(0, OSLO),
                ToolUseBegan(1, second, "weather"),
                ArgumentsCame(1, ROME),
                reason=used,
            ),
        ),
        "reasoning, then tools": answer(
            chunk(text("It asks ", thought=True)),
            chunk(text("for Oslo.", thought=True)),
            chunk(function("Oslo", thoughtSignature="c2ln"), function("Rome")),
            chunk(text(""), finish="STOP"),
            events=_events(
                ReasoningCame(0, "It asks "),
                ReasoningCame(0, "for Oslo."),
                ReasoningEnded(0, "It asks for Oslo.", Protocol.GENERATE_CONTENT),
                ToolUseBegan(0, first, "weather", "c2ln"),
                ArgumentsCame(0, OSLO),
                ToolUseBegan(1, second, "weather"),
                ArgumentsCame(1, ROME),
                reason=used,
            ),
        ),
        "a signature with the last words": answer(
            chunk(text("Hm.", thought=True, thoughtSignature="dGg=")),
            chunk(text("Yes")),
            chunk(text("", thoughtSignature="c2ln"), finish="STOP"),
            events=_events(
                ReasoningCame(0, "Hm."),
                ReasoningEnded(0, "Hm.", Protocol.GENERATE_CONTENT, "dGg="),
                TextCame("Yes"),
                ReasoningEnded(1, "", Protocol.GENERATE_CONTENT, "c2ln"),
            ),
        ),
        "thoughts to the end": answer(
            chunk(text("Hm.", thought=True)),
            chunk(finish="MAX_TOKENS"),
            events=_events(
                ReasoningCame(0, "Hm."),
                ReasoningEnded(0, "Hm.", Protocol.GENERATE_CONTENT),
                reason=StopReason.LENGTH,
            ),
        ),
    }


def _detailed_usage() -> Answer:
    usage = {
        "promptTokenCount": 9,
        "cachedContentTokenCount": 6,
        "toolUsePromptTokenCount": 2,
        "candidatesTokenCount": 4,
        "thoughtsTokenCount": 3,
        "totalTokenCount": 18,
    }
    counted = Usage(input=11, output=7, cached_input=6, reasoning=3)
    return answer(
        chunk(text("Yes")),
        chunk(finish="STOP", usageMetadata=usage),
        events=_events(TextCame("Yes"), usage=counted),
    )


def _broken_answers() -> dict[str, Answer]:
    error = {"error": {"code": 503, "message": "The engine is full", "status": "UNAVAILABLE"}}
    said = "the provider broke the answer off: "
    misshapen = chunk(finish="MALFORMED_FUNCTION_CALL")
    misshapen["candidates"][0]["finishMessage"] = "no such function"
    return {
        "broken off by the vendor": Answer(
            sse(compact(chunk(text("Hel"))), compact(error)),
            (BEGAN, TextCame("Hel"), Broke("overloaded", f"{said}The engine is full", 503)),
        ),
        "a misshapen function": answer(
            misshapen,
            events=(BEGAN, Broke("malformed", f"{said}MALFORMED_FUNCTION_CALL: no such function")),
        ),
        "a reason of tomorrow": answer(
            chunk(text("Hel")),
            chunk(finish="SUNSET"),
            events=(BEGAN, TextCame("Hel"), Broke("vendor_error", f"{said}SUNSET")),
        ),
    }


def _error(code: int, status: str, *details: dict[str, Any]) -> bytes:
    return json.dumps(
        {"error": {"code": code, "message": "No", "status": status, "details": list(details)}}
    ).encode()


_BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
_PER_DAY = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}],
}

FAILURES = {
    "bad request": Failure(400, _error(400, "INVALID_ARGUMENT"), "invalid_request", 400),
    "bad key": Failure(400, _error(400, "INVALID_ARGUMENT", _BAD_KEY), "key_rejected", 502),
    "a key without the right": Failure(403, _error(403, "PERMISSION_DENIED"), "key_rejected", 502),
    "rate limit": Failure(429, _error(429, "RESOURCE_EXHAUSTED"), "rate_limited", 429),
    "quota": Failure(429, _error(429, "RESOURCE_EXHAUSTED", _PER_DAY), "quota_exhausted", 429),
    "overload": Failure(503, b"[" + _error(503, "UNAVAILABLE") + b"]", "overloaded", 503),
}

TABLE = Table(
    driver=GenerateContentDriver(),
    base_url="https://generativelanguage.googleapis.com/v1beta",
    answers={
        **_text_answers(),
        **_tool_answers(),
        **_broken_answers(),
        "cached and reasoning tokens": _detailed_usage(),
    },
    requests=REQUESTS,
    failures=FAILURES,
    lacks={
        "answers: refusal": "Gemini refuses in plain words, or by its filter",
        "answers: stop sequence": "Gemini does not tell a stop sequence from an end",
    },
)
