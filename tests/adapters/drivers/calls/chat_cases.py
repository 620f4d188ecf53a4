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

BEGAN = Began("chatcmpl-1", "m-1")
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
COUNTED = Usage(input=9, output=4)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "The weather in a city", SCHEMA, strict=True)


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


def whole_call(call_id: str, name: str, text: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


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


def _user(*parts: Text | Image) -> Message:
    return Message(Role.USER, parts)


def _body(messages: list[Any], **more: Any) -> dict[str, Any]:
    return {"model": "m-1", "messages": messages, **more}


HELLO = _user(Text("Hello"))
SAID_HELLO = {"role": "user", "content": "Hello"}
ASKED = ToolUse("call_a", "weather", '{"city":"Oslo"}')
ASKED_IN_CHAT = whole_call("call_a", "weather", '{"city":"Oslo"}')


def _plain_requests() -> dict[str, Request]:
    png = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
    return {
        "text": Request(
            Call(messages=(Message(Role.SYSTEM, (Text("Be brief."),)), HELLO)),
            _body([{"role": "system", "content": "Be brief."}, SAID_HELLO]),
            headers={"content-type": "application/json", "accept": "application/json"},
        ),
        "stream": Request(
            Call(messages=(HELLO,), stream=True),
            _body([SAID_HELLO], stream=True, stream_options={"include_usage": True}),
            headers={"accept": "text/event-stream"},
        ),
        "every sampling field": Request(
            Call(
                messages=(HELLO,),
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                stop=("a", "b"),
                seed=7,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
                user="ada",
            ),
            _body(
                [SAID_HELLO],
                max_tokens=50,
                temperature=0.5,
                top_p=0.9,
                stop=["a", "b"],
                seed=7,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
                user="ada",
            ),
        ),
        "images": Request(
            Call(messages=(_user(Text("What is it?"), Image(url="https://example.com/a.png"), png),)),
            _body(
                [
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What is it?"},
                            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                            {
                                "type": "image_url",
                                "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"},
                            },
                        ],
                    }
                ]
            ),
        ),
        "structured output": Request(
            Call(messages=(HELLO,), output_format=OutputFormat(SCHEMA, "place", strict=True)),
            _body(
                [SAID_HELLO],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "place", "schema": SCHEMA, "strict": True},
                },
            ),
        ),
        "any JSON": Request(
            Call(messages=(HELLO,), output_format=OutputFormat()),
            _body([SAID_HELLO], response_format={"type": "json_object"}),
        ),
        "effort": Request(
            Call(messages=(HELLO,), thinking=Thinking(effort="high", summary=True)),
            _body([SAID_HELLO], reasoning_effort="high"),
        ),
        "budget": Request(Call(messages=(HELLO,), thinking=Thinking(budget=2048)), refused="thinking.budget"),
        "top_k": Request(Call(messages=(HELLO,), top_k=5), refused="top_k"),
        "five stop sequences": Request(Call(messages=(HELLO,), stop=tuple("abcde")), refused="stop"),
        "an image of the assistant": Request(
            Call(messages=(HELLO, Message(Role.ASSISTANT, (Text("See"), png)))),
            refused="messages[1].parts[1]",
        ),
        "a refusal before": Request(
            Call(messages=(Message(Role.ASSISTANT, (Refusal("No."),)), HELLO)),
            _body([{"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}, SAID_HELLO]),
        ),
    }


def _tool_requests() -> dict[str, Request]:
    tool = {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather in a city",
            "parameters": SCHEMA,
            "strict": True,
        },
    }
    asked = Message(Role.ASSISTANT, (ASKED,))
    asked_in_chat = {"role": "assistant", "content": None, "tool_calls": [ASKED_IN_CHAT]}
    image = Image(url="https://example.com/a.png")

    def answered(result: ToolResult) -> Call:
        return Call(messages=(HELLO, asked, Message(Role.TOOL, (result,))))

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
                tools=[
                    tool,
                    {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}},
                ],
                tool_choice={"type": "function", "function": {"name": "weather"}},
                parallel_tool_calls=False,
            ),
        ),
        "a tool must be used": Request(
            Call(messages=(HELLO,), tools=(WEATHER,), tool_choice=ToolChoice("required")),
            _body([SAID_HELLO], tools=[tool], tool_choice="required"),
        ),
        "tool results": Request(
            answered(ToolResult("call_a", "weather", (Text("-3"),))),
            _body([SAID_HELLO, asked_in_chat, {"role": "tool", "tool_call_id": "call_a", "content": "-3"}]),
        ),
        "an empty tool result": Request(
            answered(ToolResult("call_a", "weather", ())),
            _body([SAID_HELLO, asked_in_chat, {"role": "tool", "tool_call_id": "call_a", "content": ""}]),
        ),
        "tool results with images": Request(
            answered(ToolResult("call_a", "weather", (Text("See"), image))),
            refused="messages[2].parts[0].content[1]",
        ),
        "a failed tool": Request(
            answered(ToolResult("call_a", "weather", (Text("no"),), is_error=True)),
            refused="messages[2].parts[0].is_error",
        ),
        "a tool with a signature": Request(
            Call(messages=(HELLO, Message(Role.ASSISTANT, (ToolUse("call_a", "now", "{}", "c2ln"),)))),
            _body(
                [
                    SAID_HELLO,
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [
                            whole_call("call_a", "now", "{}")
                            | {"extra_content": {"google": {"thought_signature": "c2ln"}}}
                        ],
                    },
                ]
            ),
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thought(reasoning: Reasoning) -> Call:
        return Call(messages=(HELLO, Message(Role.ASSISTANT, (reasoning, Text("So."), ASKED))))

    said = {"role": "assistant", "content": "So.", "tool_calls": [ASKED_IN_CHAT]}
    return {
        "reasoning loop": Request(
            thought(Reasoning("Oslo is cold.", Protocol.CHAT)),
            _body([SAID_HELLO, said | {"reasoning_content": "Oslo is cold."}]),
        ),
        "another protocol's reasoning": Request(
            thought(Reasoning("Oslo is cold.", Protocol.MESSAGES, signature="c2ln")),
            _body([SAID_HELLO, said]),
        ),
    }


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
    requests=_plain_requests() | _tool_requests() | _reasoning_requests(),
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
