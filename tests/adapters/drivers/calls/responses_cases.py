"""Responses: its streams and answers in the shapes that OpenAI documents and that Open Responses adds.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json
from typing import Any

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.responses import ResponsesDriver
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    Call,
    CallEvent,
    Ended,
    OutputFormat,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    Thinking,
    ToolUseBegan,
    Usage,
)
from domain.conversation import (
    Image,
    Message,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from tests.adapters.drivers.calls.contract import Answer, Failure, Request, Table, sse

BEGAN = Began("resp_1", "m-1")
USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 2},
    "output_tokens": 4,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 13,
}
COUNTED = Usage(input=9, output=4, cached_input=6, cache_write=2, reasoning=3)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "The weather in a city", SCHEMA, strict=True)
ENCRYPTED = ["reasoning.encrypted_content"]


def response(status: str, output: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": "m-1",
        "output": output or [],
        "usage": None,
        **more,
    }


def message(*content: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [*content]}


def said(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {
        "id": f"fc_{call_id}",
        "type": "function_call",
        "status": "completed",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def thought(*summary: str, encrypted: str | None = None) -> dict[str, Any]:
    parts = [{"type": "summary_text", "text": text} for text in summary]
    item = {"id": "rs_1", "type": "reasoning", "summary": parts}
    return item if encrypted is None else item | {"encrypted_content": encrypted}


def _streamed(index: int, item: dict[str, Any], pieces: int) -> list[dict[str, Any]]:
    """The events of one item, its texts cut into so many pieces."""
    at = {"item_id": item["id"], "output_index": index}
    empty: dict[str, dict[str, Any]] = {
        "message": {"content": []},
        "function_call": {"arguments": ""},
        "reasoning": {"summary": []},
    }
    begun = {name: value for name, value in item.items() if name != "encrypted_content"}
    events: list[dict[str, Any]] = [
        {
            "type": "response.output_item.added",
            "output_index": index,
            "item": begun | empty[item["type"]] | {"status": "in_progress"},
        }
    ]
    for number, part in enumerate(item.get("content", ())):
        field = "text" if part["type"] == "output_text" else "refusal"
        place = at | {"content_index": number}
        kind = f"response.{part['type']}"
        events += [{"type": "response.content_part.added", **place, "part": part | {field: ""}}]
        events += [{"type": f"{kind}.delta", **place, "delta": one} for one in cut(part[field], pieces)]
        events += [{"type": f"{kind}.done", **place, field: part[field]}]
        events += [{"type": "response.content_part.done", **place, "part": part}]
    for number, part in enumerate(item.get("summary", ())):
        place = at | {"summary_index": number}
        kind = "response.reasoning_summary_text"
        events += [{"type": "response.reasoning_summary_part.added", **place, "part": part | {"text": ""}}]
        events += [{"type": f"{kind}.delta", **place, "delta": one} for one in cut(part["text"], pieces)]
        events += [{"type": f"{kind}.done", **place, "text": part["text"]}]
        events += [{"type": "response.reasoning_summary_part.done", **place, "part": part}]
    if arguments := item.get("arguments"):
        kind = "response.function_call_arguments"
        events += [{"type": f"{kind}.delta", **at, "delta": one} for one in cut(arguments, pieces)]
        events += [{"type": f"{kind}.done", **at, "arguments": arguments}]
    return [*events, {"type": "response.output_item.done", "output_index": index, "item": item}]


def cut(text: str, pieces: int) -> list[str]:
    size = -(-len(text) // pieces)
    return [text[start : start + size] for start in range(0, len(text), size)]


def framed(*events: dict[str, Any]) -> bytes:
    return b"".join(
        sse(event | {"sequence_number": number}, name=event["type"]) for number, event in enumerate(events)
    )


def stream(
    *items: dict[str, Any], end: dict[str, Any] | None = None, pieces: int = 2, done: bool = False
) -> bytes:
    last = end or response("completed", [*items], usage=USAGE)
    events = [{"type": f"response.{status}"} for status in ("created", "in_progress")]
    under_way = [event | {"response": response("in_progress")} for event in events]
    parts = [event for index, item in enumerate(items) for event in _streamed(index, item, pieces)]
    end_event = {"type": f"response.{last['status']}", "response": last}
    return framed(*under_way, *parts, end_event) + (sse("[DONE]") if done else b"")


def whole(*items: dict[str, Any], end: dict[str, Any] | None = None) -> bytes:
    return json.dumps(end or response("completed", [*items], usage=USAGE)).encode()


def _events(
    *events: CallEvent, reason: StopReason = StopReason.END, usage: Usage = COUNTED
) -> tuple[CallEvent, ...]:
    return (BEGAN, *events, Ended(reason, usage))


def _text_answers() -> dict[str, Answer]:
    scripts = "Grüße, 世界 👋🏽 — naïve"
    schema_text = '{"city":"Oslo"}'
    short = message(said("Once"), status="incomplete")
    cut_short = response(
        "incomplete", [short], usage=USAGE, incomplete_details={"reason": "max_output_tokens"}
    )
    filtered = response("incomplete", usage=USAGE, incomplete_details={"reason": "content_filter"})
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
        "cached and reasoning tokens": Answer(
            stream(message(said("Yes")), pieces=1), _events(TextCame("Yes")), whole(message(said("Yes")))
        ),
        "no usage": Answer(
            stream(message(said("Yes")), pieces=1, end=response("completed")),
            _events(TextCame("Yes"), usage=Usage()),
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
        "thoughts that are not shown": Answer(
            stream(thought(encrypted="c2ln"), message(said("Yes")), thought(), pieces=1),
            _events(ReasoningEnded(0, "", Protocol.RESPONSES, "c2ln", id="rs_1"), TextCame("Yes")),
            whole(thought(encrypted="c2ln"), message(said("Yes")), thought()),
        ),
    }


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


def _user(*parts: Text | Image) -> Message:
    return Message(Role.USER, parts)


def _body(items: list[Any], **more: Any) -> dict[str, Any]:
    return {"model": "m-1", "store": False, "input": items, **more}


def _item(role: str, content: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


HELLO = _user(Text("Hello"))
SAID_HELLO = _item("user", "Hello")
ASKED = ToolUse("call_a", "weather", '{"city":"Oslo"}', signature="another vendor's")
ASKED_ITEM = {
    "type": "function_call",
    "call_id": "call_a",
    "name": "weather",
    "arguments": '{"city":"Oslo"}',
}
PNG = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
SEEN = [
    {"type": "input_text", "text": "What is it?"},
    {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
    {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"},
]
SHOWN = (Text("What is it?"), Image(url="https://example.com/a.png"), PNG)


def _plain_requests() -> dict[str, Request]:
    return {
        "text": Request(
            Call(messages=(Message(Role.SYSTEM, (Text("Be brief."),)), HELLO)),
            _body([_item("system", "Be brief."), SAID_HELLO]),
            headers={"content-type": "application/json", "accept": "application/json"},
        ),
        "stream": Request(
            Call(messages=(HELLO,), stream=True),
            _body([SAID_HELLO], stream=True),
            headers={"accept": "text/event-stream"},
        ),
        "every sampling field": Request(
            Call(
                messages=(HELLO,),
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
                user="ada",
            ),
            _body(
                [SAID_HELLO],
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
                user="ada",
            ),
        ),
        "images": Request(Call(messages=(_user(*SHOWN),)), _body([_item("user", SEEN)])),
        "structured output": Request(
            Call(messages=(HELLO,), output_format=OutputFormat(SCHEMA, "place", strict=True)),
            _body(
                [SAID_HELLO],
                text={"format": {"type": "json_schema", "name": "place", "schema": SCHEMA, "strict": True}},
            ),
        ),
        "any JSON": Request(
            Call(messages=(HELLO,), output_format=OutputFormat()),
            _body([SAID_HELLO], text={"format": {"type": "json_object"}}),
        ),
        "seed": Request(Call(messages=(HELLO,), seed=0), refused="seed"),
        "stop": Request(Call(messages=(HELLO,), stop=("###",)), refused="stop"),
        "top_k": Request(Call(messages=(HELLO,), top_k=5), refused="top_k"),
        "an image of the assistant": Request(
            Call(messages=(HELLO, Message(Role.ASSISTANT, (Text("See"), PNG)))),
            refused="messages[1].parts[1]",
        ),
        "a refusal before": Request(
            Call(messages=(Message(Role.ASSISTANT, (Text("Hm."), Refusal("No."))), HELLO)),
            _body(
                [
                    _item(
                        "assistant",
                        [
                            {"type": "output_text", "text": "Hm.", "annotations": []},
                            {"type": "refusal", "refusal": "No."},
                        ],
                    ),
                    SAID_HELLO,
                ]
            ),
        ),
    }


def _tool_requests() -> dict[str, Request]:
    tool = {
        "type": "function",
        "name": "weather",
        "description": "The weather in a city",
        "parameters": SCHEMA,
        "strict": True,
    }
    # A function is strict by default in this protocol only, so it is said that this one is not.
    now = {"type": "function", "name": "now", "parameters": {"type": "object"}, "strict": False}
    asked = Message(Role.ASSISTANT, (Text("Let me see."), ASKED))

    def answered(result: ToolResult) -> Call:
        return Call(messages=(HELLO, asked, Message(Role.TOOL, (result,))))

    def answered_body(output: Any) -> dict[str, Any]:
        result = {"type": "function_call_output", "call_id": "call_a", "output": output}
        return _body([SAID_HELLO, _item("assistant", "Let me see."), ASKED_ITEM, result])

    return {
        "tools": Request(
            Call(
                messages=(HELLO,),
                tools=(WEATHER, Tool("now", None, {"type": "object"})),
                tool_choice=ToolChoice("named", "weather"),
                parallel_tool_calls=False,
            ),
            _body(
                [SAID_HELLO],
                tools=[tool, now],
                tool_choice={"type": "function", "name": "weather"},
                parallel_tool_calls=False,
            ),
        ),
        "a tool must be used": Request(
            Call(messages=(HELLO,), tools=(WEATHER,), tool_choice=ToolChoice("required")),
            _body([SAID_HELLO], tools=[tool], tool_choice="required"),
        ),
        "tool results": Request(
            answered(ToolResult("call_a", "weather", (Text("-3"),))), answered_body("-3")
        ),
        "an empty tool result": Request(answered(ToolResult("call_a", "weather", ())), answered_body("")),
        "tool results with images": Request(
            answered(ToolResult("call_a", "weather", SHOWN)), answered_body(SEEN)
        ),
        "a failed tool": Request(
            answered(ToolResult("call_a", "weather", (Text("no"),), is_error=True)),
            refused="messages[2].parts[0].is_error",
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thinking(thinking: Thinking, **more: Any) -> Request:
        return Request(Call(messages=(HELLO,), thinking=thinking), _body([SAID_HELLO], **more))

    def loop(*thoughts: Reasoning) -> Call:
        return Call(messages=(HELLO, Message(Role.ASSISTANT, (*thoughts, Text("So."), ASKED))))

    rest = [_item("assistant", "So."), ASKED_ITEM]
    signed = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Cold."}], "id": "rs_1"}
    return {
        "effort": thinking(
            Thinking(effort="high", summary=True),
            reasoning={"effort": "high", "summary": "auto"},
            include=ENCRYPTED,
        ),
        "no effort": thinking(Thinking(effort="none"), reasoning={"effort": "none"}),
        "a model that thinks": Request(
            Call(messages=(HELLO,)),
            _body([SAID_HELLO], include=ENCRYPTED),
            model=CallModel("m-1", {"thinking": True}),
        ),
        "budget": Request(Call(messages=(HELLO,), thinking=Thinking(budget=2048)), refused="thinking.budget"),
        "reasoning loop": Request(
            loop(Reasoning("Cold.", Protocol.RESPONSES, "c2ln", id="rs_1")),
            _body([SAID_HELLO, signed | {"encrypted_content": "c2ln"}, *rest], include=ENCRYPTED),
        ),
        "reasoning loop of a model that shows its thoughts": Request(
            loop(Reasoning("Cold.", Protocol.RESPONSES)),
            _body(
                [
                    SAID_HELLO,
                    {
                        "type": "reasoning",
                        "summary": [],
                        "content": [{"type": "reasoning_text", "text": "Cold."}],
                    },
                    *rest,
                ]
            ),
        ),
        "another protocol's reasoning": Request(
            loop(Reasoning("Cold.", Protocol.MESSAGES, signature="c2ln")), _body([SAID_HELLO, *rest])
        ),
    }


TABLE = Table(
    driver=ResponsesDriver(),
    base_url="https://llm.example/v1/",
    answers=_text_answers() | _tool_answers() | {"broken off by the vendor": _broken()},
    requests=_plain_requests() | _tool_requests() | _reasoning_requests(),
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
