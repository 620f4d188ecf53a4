"""Chat Completions: what calls become. https://platform.openai.com/docs/api-reference/chat/create."""

from typing import Any

from domain.call import Call, OutputFormat, Thinking
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
from tests.adapters.drivers.calls.contract import Request

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("weather", "The weather in a city", SCHEMA, strict=True)


def whole_call(call_id: str, name: str, text: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": text}}


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


REQUESTS = _plain_requests() | _tool_requests() | _reasoning_requests()
