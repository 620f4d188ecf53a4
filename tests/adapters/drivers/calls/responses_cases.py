"""What Responses answers, and the events that it becomes."""

from adapters.drivers.calls.responses import ResponsesDriver
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
from domain.conversation import (
    Protocol,
)
from tests.adapters.drivers.calls.contract import Answer, Failure, Table
from tests.adapters.drivers.calls.responses_request_cases import REQUESTS
from tests.adapters.drivers.calls.responses_wire import (
    USAGE,
    call,
    cut,
    message,
    response,
    said,
    stream,
    thought,
    whole,
)

BEGAN = Began("resp_1", "m-1")
COUNTED = Usage(input=9, output=4, cached_input=6, cache_write=2, reasoning=3)


def _events(
    *events: CallEvent, reason: StopReason = StopReason.END, usage: Usage = COUNTED
) -> tuple[CallEvent, ...]:
    return (BEGAN, *events, Ended(reason, usage))


def _text_answers() -> dict[str, Answer]:
    scripts = "Grüße, 世界 👋🏽 — naïve"
    schema_text = '{"city":"Oslo"}'
    refusal = {"type": "refusal", "refusal": "I cannot."}
    return {
        "text": Answer(
            stream(message(said("Hello!"))),
            _events(TextCame("Hel"), TextCame("lo!")),
            whole(message(said("Hello!"))),
        ),
        "text in many scripts": Answer(
            stream(message(said(scripts)), pieces=5, done=True),
            _events(*(TextCame(text) for text in cut(scripts, 5))),
            whole(message(said(scripts))),
        ),
        "structured output": Answer(
            stream(message(said(schema_text))),
            _events(*(TextCame(text) for text in cut(schema_text, 2))),
            whole(message(said(schema_text))),
        ),
        "refusal": Answer(
            stream(message(refusal), pieces=3),
            _events(RefusalCame("I c"), RefusalCame("ann"), RefusalCame("ot."), reason=StopReason.REFUSAL),
            whole(message(refusal)),
        ),
        "cached and reasoning tokens": Answer(
            stream(message(said("Yes")), pieces=1), _events(TextCame("Yes")), whole(message(said("Yes")))
        ),
        "no usage": Answer(
            stream(message(said("Yes")), pieces=1, end=response("completed")),
            _events(TextCame("Yes"), usage=Usage()),
        ),
    }


def _short_answers() -> dict[str, Answer]:
    short = message(said("Once"), status="incomplete")
    cut_short = response(
        "incomplete", [short], usage=USAGE, incomplete_details={"reason": "max_output_tokens"}
    )
    filtered = response("incomplete", usage=USAGE, incomplete_details={"reason": "content_filter"})
    return {
        "length": Answer(
            stream(short, end=cut_short, pieces=1),
            _events(TextCame("Once"), reason=StopReason.LENGTH),
            whole(end=cut_short),
        ),
        "content filter": Answer(
            stream(end=filtered),
            _events(reason=StopReason.CONTENT_FILTER),
            whole(end=filtered),
        ),
    }


def _tool_answers() -> dict[str, Answer]:
    oslo, rome = '{"city":"Oslo"}', '{"city":"Rome"}'
    first, second = call("call_a", "weather", oslo), call("call_b", "weather", rome)
    both = message(said("Both."))
    thoughts = thought("It asks", "for Oslo.", encrypted="c2ln")
    used = StopReason.TOOL_USE
    return {
        "a tool": Answer(
            stream(first),
            _events(
                ToolUseBegan(0, "call_a", "weather"),
                *(ArgumentsCame(0, text) for text in cut(oslo, 2)),
                reason=used,
            ),
            whole(first),
        ),
        "parallel tools": Answer(
            stream(both, first, second, pieces=1),
            _events(
                TextCame("Both."),
                ToolUseBegan(0, "call_a", "weather"),
                ArgumentsCame(0, oslo),
                ToolUseBegan(1, "call_b", "weather"),
                ArgumentsCame(1, rome),
                reason=used,
            ),
            whole(both, first, second),
        ),
        "reasoning, then tools": Answer(
            stream(thoughts, first, pieces=1),
            _events(
                ReasoningCame(0, "It asks"),
                ReasoningCame(0, "\n\nfor Oslo."),
                ReasoningEnded(0, "It asks\n\nfor Oslo.", Protocol.RESPONSES, "c2ln", id="rs_1"),
                ToolUseBegan(0, "call_a", "weather"),
                ArgumentsCame(0, oslo),
                reason=used,
            ),
            whole(thoughts, first),
        ),
    }


def _hidden_thoughts() -> Answer:
    items = (thought(encrypted="c2ln"), message(said("Yes")), thought())
    return Answer(
        stream(*items, pieces=1),
        _events(ReasoningEnded(0, "", Protocol.RESPONSES, "c2ln", id="rs_1"), TextCame("Yes")),
        whole(*items),
    )


def _broken() -> Answer:
    failed = response("failed", error={"code": "server_is_overloaded", "message": "The engine went away"})
    return Answer(
        stream(message(said("Hel")), end=failed, pieces=1),
        (
            BEGAN,
            TextCame("Hel"),
            Broke("overloaded", "the provider broke the answer off: The engine went away", 503),
        ),
    )


TABLE = Table(
    driver=ResponsesDriver(),
    base_url="https://llm.example/v1/",
    answers=_text_answers()
    | _short_answers()
    | _tool_answers()
    | {"thoughts that are not shown": _hidden_thoughts(), "broken off by the vendor": _broken()},
    requests=REQUESTS,
    failures={
        "bad request": Failure(
            400, b'{"error":{"message":"bad","type":"invalid_request_error"}}', "invalid_request", 400
        ),
        "bad key": Failure(401, b'{"error":{"message":"no","code":"invalid_api_key"}}', "key_rejected", 502),
        "rate limit": Failure(429, b'{"error":{"code":"rate_limit_exceeded"}}', "rate_limited", 429),
        "quota": Failure(429, b'{"error":{"code":"insufficient_quota"}}', "quota_exhausted", 429),
        "overload": Failure(503, b"<html>busy</html>", "overloaded", 503),
    },
    lacks={"answers: stop sequence": "Responses has no stop sequences, neither asked for nor told"},
)
