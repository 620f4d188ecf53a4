"""What Anthropic's Messages answers, and the events that it becomes."""

import json
from typing import Any

from adapters.drivers.calls.messages import MessagesDriver
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
from tests.adapters.drivers.calls.contract import Answer, Failure, Table
from tests.adapters.drivers.calls.messages_request_cases import REQUESTS
from tests.adapters.drivers.calls.messages_wire import (
    OSLO,
    ROME,
    asked,
    delta,
    event,
    message,
    said,
    start,
    stop,
    stream,
    texts,
    tool,
    whole,
)

BEGAN = Began("msg_1", "claude-9")
COUNTED = Usage(input=9, output=4, cached_input=0, cache_write=0)


def _events(
    *events: CallEvent,
    reason: StopReason = StopReason.END,
    usage: Usage = COUNTED,
    stop_sequence: str | None = None,
) -> tuple[CallEvent, ...]:
    return (BEGAN, *events, Ended(reason, usage, stop_sequence))


def _text_answers() -> dict[str, Answer]:
    scripts = ("Grüße, ", "世界 👋🏽", " — naïve")
    why = {"type": "refusal", "category": None, "explanation": "It would harm."}
    return {
        "text": Answer(
            stream(texts(0, "Hel", "lo")), _events(TextCame("Hel"), TextCame("lo")), whole(said("Hello"))
        ),
        "text in many scripts": Answer(
            stream(texts(0, *scripts)), _events(*map(TextCame, scripts)), whole(said("".join(scripts)))
        ),
        "structured output": Answer(
            stream(texts(0, OSLO[:5], OSLO[5:])),
            _events(TextCame(OSLO[:5]), TextCame(OSLO[5:])),
            whole(said(OSLO)),
        ),
        "refusal": Answer(
            stream(texts(0, "I"), why="refusal", stop_details=why),
            _events(TextCame("I"), RefusalCame("It would harm."), reason=StopReason.REFUSAL),
            whole(said("I"), why="refusal", stop_details=why),
        ),
        "a refusal without a word": Answer(
            stream(why="refusal"), _events(reason=StopReason.REFUSAL), whole(why="refusal")
        ),
        "length": Answer(
            stream(texts(0, "Once"), why="max_tokens"),
            _events(TextCame("Once"), reason=StopReason.LENGTH),
            whole(said("Once"), why="max_tokens"),
        ),
        "a full context": Answer(
            stream(texts(0, "Once"), why="model_context_window_exceeded"),
            _events(TextCame("Once"), reason=StopReason.LENGTH),
            whole(said("Once"), why="model_context_window_exceeded"),
        ),
        "a paused turn": Answer(
            stream(texts(0, "Once"), why="pause_turn"),
            _events(TextCame("Once"), reason=StopReason.LENGTH),
            whole(said("Once"), why="pause_turn"),
        ),
        "a reason of tomorrow": Answer(
            stream(texts(0, "Once"), why="sunset"),
            _events(TextCame("Once")),
            whole(said("Once"), why="sunset"),
        ),
        "stop sequence": Answer(
            stream(texts(0, "One"), why="stop_sequence", stop_sequence="###"),
            _events(TextCame("One"), reason=StopReason.STOP_SEQUENCE, stop_sequence="###"),
            whole(said("One"), why="stop_sequence", stop_sequence="###"),
        ),
        "a block of another kind": Answer(
            stream(start(0, "server_tool_use", id="s") + stop(0), texts(1, "Yes")),
            _events(TextCame("Yes")),
            whole({"type": "server_tool_use", "id": "s", "input": {}}, said("Yes")),
        ),
        "text with citations": Answer(
            stream(
                start(0, "text", text="", citations=[])
                + delta(0, "text_delta", text="Yes")
                + delta(0, "citations_delta", citation={"type": "page_location"})
                + stop(0)
            ),
            _events(TextCame("Yes")),
            whole(said("Yes") | {"citations": [{"type": "page_location"}]}),
        ),
    }


def _tool_answers() -> dict[str, Answer]:
    used = StopReason.TOOL_USE
    thought = {"type": "thinking", "thinking": "It asks for Oslo.", "signature": "c2ln"}
    return {
        "a tool": Answer(
            stream(tool(0, "toolu_a", "", OSLO[:7], OSLO[7:]), why="tool_use"),
            _events(
                ToolUseBegan(0, "toolu_a", "weather"),
                ArgumentsCame(0, OSLO[:7]),
                ArgumentsCame(0, OSLO[7:]),
                reason=used,
            ),
            whole(asked("toolu_a", "Oslo"), why="tool_use"),
        ),
        "a tool without arguments": Answer(
            stream(tool(0, "toolu_a", ""), why="tool_use"),
            _events(ToolUseBegan(0, "toolu_a", "weather"), ArgumentsCame(0, "{}"), reason=used),
            whole({"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {}}, why="tool_use"),
        ),
        "parallel tools": Answer(
            stream(texts(0, "Both."), tool(1, "toolu_a", OSLO), tool(2, "toolu_b", ROME), why="tool_use"),
            _events(
                TextCame("Both."),
                ToolUseBegan(0, "toolu_a", "weather"),
                ArgumentsCame(0, OSLO),
                ToolUseBegan(1, "toolu_b", "weather"),
                ArgumentsCame(1, ROME),
                reason=used,
            ),
            whole(said("Both."), asked("toolu_a", "Oslo"), asked("toolu_b", "Rome"), why="tool_use"),
        ),
        "reasoning, then tools": Answer(
            stream(
                start(0, "thinking", thinking="", signature="")
                + delta(0, "thinking_delta", thinking="It asks ")
                + delta(0, "thinking_delta", thinking="for Oslo.")
                + delta(0, "signature_delta", signature="c2ln")
                + stop(0),
                start(1, "redacted_thinking", data="ZGF0YQ==") + stop(1),
                tool(2, "toolu_a", OSLO),
                why="tool_use",
            ),
            _events(
                ReasoningCame(0, "It asks "),
                ReasoningCame(0, "for Oslo."),
                ReasoningEnded(0, "It asks for Oslo.", Protocol.MESSAGES, "c2ln"),
                ReasoningEnded(1, "", Protocol.MESSAGES, "ZGF0YQ==", redacted=True),
                ToolUseBegan(0, "toolu_a", "weather"),
                ArgumentsCame(0, OSLO),
                reason=used,
            ),
            whole(
                thought,
                {"type": "redacted_thinking", "data": "ZGF0YQ=="},
                asked("toolu_a", "Oslo"),
                why="tool_use",
            ),
        ),
        "reasoning that is kept back": Answer(
            stream(
                start(0, "thinking", thinking="", signature="")
                + delta(0, "signature_delta", signature="c2ln")
                + stop(0),
                texts(1, "Yes"),
            ),
            _events(ReasoningEnded(0, "", Protocol.MESSAGES, "c2ln"), TextCame("Yes")),
            whole({"type": "thinking", "thinking": "", "signature": "c2ln"}, said("Yes")),
        ),
    }


def _detailed_usage() -> Answer:
    usage = {
        "input_tokens": 9,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "output_tokens": 4,
        "output_tokens_details": {"thinking_tokens": 3},
    }
    counted = Usage(input=329, output=4, cached_input=300, cache_write=20, reasoning=3)
    return Answer(
        stream(texts(0, "Yes"), usage=usage),
        _events(TextCame("Yes"), usage=counted),
        whole(said("Yes"), usage=usage),
    )


def _broken() -> Answer:
    error = event("error", error={"type": "overloaded_error", "message": "The engine is full"})
    begun = event("message_start", message=message()) + start(0, "text", text="")
    return Answer(
        begun + delta(0, "text_delta", text="Hel") + error,
        (
            BEGAN,
            TextCame("Hel"),
            Broke("overloaded", "the provider broke the answer off: The engine is full", 503),
        ),
    )


def _error(kind: str, **more: Any) -> bytes:
    error = {"type": kind, "message": "No", **more}
    return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


_SPENT = _error("rate_limit_error", details={"error_code": "enforced_spend_limit_reached"})

FAILURES = {
    "bad request": Failure(400, _error("invalid_request_error"), "invalid_request", 400),
    "bad key": Failure(401, _error("authentication_error"), "key_rejected", 502),
    "rate limit": Failure(429, _error("rate_limit_error"), "rate_limited", 429),
    "quota": Failure(429, _SPENT, "quota_exhausted", 429),
    "no means left": Failure(402, _error("billing_error"), "quota_exhausted", 429),
    "too large": Failure(413, _error("request_too_large"), "too_large", 413),
    "overload": Failure(529, _error("overloaded_error"), "overloaded", 503),
}

TABLE = Table(
    driver=MessagesDriver(),
    base_url="https://api.anthropic.com",
    answers={
        **_text_answers(),
        **_tool_answers(),
        "cached and reasoning tokens": _detailed_usage(),
        "broken off by the vendor": _broken(),
    },
    requests=REQUESTS,
    failures=FAILURES,
    lacks={"answers: content filter": "Anthropic tells a filtered answer as a refusal"},
)
