"""Calls, and the requests of Anthropic's Messages that they become."""

from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import Call, OutputFormat, Thinking
from domain.conversation import (
    Image,
    Message,
    Part,
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
SAID_WEATHER = {
    "name": "weather",
    "description": "The weather in a city",
    "input_schema": SCHEMA,
    "strict": True,
}
HELLO = Message(Role.USER, (Text("Hello"),))
SAID_HELLO = {"role": "user", "content": [{"type": "text", "text": "Hello"}]}
ASKED = ToolUse("toolu_a", "weather", '{"city": "Oslo"}')
SAID_ASKED = {"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {"city": "Oslo"}}
PNG = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
SAID_PNG = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
}
LINKED = Image(url="https://example.com/a.png")
SAID_LINKED = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
PLAIN = CallModel("m-1", {"structured_output": False})
SHORT = CallModel("m-1", max_output_tokens=4_096)


def body(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "m-1", "max_tokens": 8_192, "messages": list(messages), **more}


def _told(*parts: Part, role: Role = Role.ASSISTANT) -> Call:
    return Call(messages=(HELLO, Message(role, parts)))


def _plain_requests() -> dict[str, Request]:
    system = Message(Role.SYSTEM, (Text("Be brief."), Text("")))
    late = Message(Role.SYSTEM, (Text("Be kind."),))
    return {
        "text": Request(
            Call(messages=(system, HELLO, late)),
            body(
                SAID_HELLO,
                system=[{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
            ),
            headers={
                "content-type": "application/json",
                "accept": "application/json",
                "anthropic-version": "2023-06-01",
            },
        ),
        "stream": Request(
            Call(messages=(HELLO,), stream=True),
            body(SAID_HELLO, stream=True),
            headers={"accept": "text/event-stream"},
        ),
        "every sampling field": Request(
            Call(
                messages=(HELLO,),
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                top_k=5,
                stop=("a", "b"),
                presence_penalty=0,
                frequency_penalty=0.0,
                user="ada",
            ),
            body(
                SAID_HELLO,
                max_tokens=50,
                temperature=0.5,
                top_p=0.9,
                top_k=5,
                stop_sequences=["a", "b"],
                metadata={"user_id": "ada"},
            ),
        ),
        "images": Request(
            _told(Text("What is it?"), LINKED, PNG, role=Role.USER),
            body(
                {
                    "role": "user",
                    "content": [
                        *SAID_HELLO["content"],
                        {"type": "text", "text": "What is it?"},
                        SAID_LINKED,
                        SAID_PNG,
                    ],
                }
            ),
        ),
        "an image without its type": Request(
            _told(Image(data="iVBORw0KGgo="), role=Role.USER), refused="messages[1].parts[0]"
        ),
        "an image of the assistant": Request(_told(Text("See"), PNG), refused="messages[1].parts[1]"),
        "an image of the system": Request(_told(PNG, role=Role.SYSTEM), refused="messages[1].parts[0]"),
        "a refusal before": Request(
            _told(Refusal("No.")),
            body(SAID_HELLO, {"role": "assistant", "content": [{"type": "text", "text": "No."}]}),
        ),
        "nothing said": Request(_told(Text("")), body(SAID_HELLO)),
        "no part at all": Request(_told(), body(SAID_HELLO)),
        "seed": Request(Call(messages=(HELLO,), seed=7), refused="seed"),
        "presence": Request(Call(messages=(HELLO,), presence_penalty=0.1), refused="presence_penalty"),
        "frequency": Request(Call(messages=(HELLO,), frequency_penalty=-0.1), refused="frequency_penalty"),
        "heat": Request(Call(messages=(HELLO,), temperature=1.5), refused="temperature"),
        "the model's own limit": Request(
            Call(messages=(HELLO,)), body(SAID_HELLO, max_tokens=4_096), model=SHORT
        ),
        "more than the model gives": Request(
            Call(messages=(HELLO,), max_output_tokens=9_000), body(SAID_HELLO, max_tokens=4_096), model=SHORT
        ),
    }


def _formed_requests() -> dict[str, Request]:
    def formed(output_format: OutputFormat) -> Call:
        return Call(messages=(HELLO,), output_format=output_format)

    described = {"description": "A place", **SCHEMA}
    return {
        "structured output": Request(
            formed(OutputFormat(SCHEMA, "place", strict=True)),
            body(SAID_HELLO, output_config={"format": {"type": "json_schema", "schema": SCHEMA}}),
            model=CallModel("m-1", {"structured_output": True}),
        ),
        "a described form": Request(
            formed(OutputFormat(SCHEMA, description="A place")),
            body(SAID_HELLO, output_config={"format": {"type": "json_schema", "schema": described}}),
        ),
        "a form with effort": Request(
            Call(messages=(HELLO,), output_format=OutputFormat(SCHEMA), thinking=Thinking(effort="low")),
            body(
                SAID_HELLO,
                thinking={"type": "adaptive"},
                output_config={"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
            ),
        ),
        "any JSON": Request(formed(OutputFormat()), refused="output_format"),
        "a form the model lacks": Request(formed(OutputFormat(SCHEMA)), refused="output_format", model=PLAIN),
    }


def _tool_requests() -> dict[str, Request]:
    def chosen(mode: Any, name: str | None = None, *, parallel: bool | None = None) -> Call:
        choice = None if mode is None else ToolChoice(mode, name)
        return Call(messages=(HELLO,), tools=(WEATHER,), tool_choice=choice, parallel_tool_calls=parallel)

    def choosing(**choice: Any) -> dict[str, Any]:
        return body(SAID_HELLO, tools=[SAID_WEATHER], tool_choice=choice)

    now = {"name": "now", "input_schema": {"type": "object"}}
    return {
        "tools": Request(
            Call(
                messages=(HELLO,),
                tools=(WEATHER, Tool("now", None, {})),
                tool_choice=ToolChoice("named", "weather"),
                parallel_tool_calls=False,
            ),
            body(
                SAID_HELLO,
                tools=[SAID_WEATHER, now],
                tool_choice={"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
            ),
        ),
        "a tool must be used": Request(chosen("required"), choosing(type="any")),
        "no tool may be used": Request(chosen("none", parallel=False), choosing(type="none")),
        "any or none": Request(chosen("auto", parallel=True), choosing(type="auto")),
        "one at a time": Request(
            chosen(None, parallel=False), choosing(type="auto", disable_parallel_tool_use=True)
        ),
        "tools without a choice": Request(chosen(None), body(SAID_HELLO, tools=[SAID_WEATHER])),
        "a choice without tools": Request(
            Call(messages=(HELLO,), tool_choice=ToolChoice("auto"), parallel_tool_calls=False),
            body(SAID_HELLO),
        ),
        "a promise the model cannot keep": Request(chosen(None), refused="tools[0].strict", model=PLAIN),
    }


def _result_requests() -> dict[str, Request]:
    asked = Message(Role.ASSISTANT, (Text(""), ASKED))
    said_asked = {"role": "assistant", "content": [SAID_ASKED]}

    def answered(*results: ToolResult) -> Call:
        told = tuple(Message(Role.TOOL, (result,)) for result in results)
        return Call(messages=(HELLO, asked, *told, Message(Role.USER, (Text("And?"),))))

    def answers(*results: dict[str, Any]) -> dict[str, Any]:
        told = {"role": "user", "content": [*results, {"type": "text", "text": "And?"}]}
        return body(SAID_HELLO, said_asked, told)

    def result(*content: dict[str, Any], tool_id: str = "toolu_a", **more: Any) -> dict[str, Any]:
        return {"type": "tool_result", "tool_use_id": tool_id, "content": list(content), **more}

    odd = ToolUse("call:1", "weather", " ")
    odd_id = "toolu_0af6315558b41599b4a0fbfa"
    return {
        "tool results": Request(
            answered(ToolResult("toolu_a", "weather", (Text("-3"),)), ToolResult("toolu_b", "now", ())),
            answers(result({"type": "text", "text": "-3"}), result(tool_id="toolu_b")),
        ),
        "tool results with images": Request(
            answered(ToolResult("toolu_a", "weather", (Text("See"), LINKED, PNG))),
            answers(result({"type": "text", "text": "See"}, SAID_LINKED, SAID_PNG)),
        ),
        "a result's image without its type": Request(
            answered(ToolResult("toolu_a", "weather", (Image(data="aa"),))),
            refused="messages[2].parts[0].content[0]",
        ),
        "a failed tool": Request(
            answered(ToolResult("toolu_a", "weather", (Text("no"),), is_error=True)),
            answers(result({"type": "text", "text": "no"}, is_error=True)),
        ),
        "another vendor's ids": Request(
            Call(
                messages=(
                    HELLO,
                    Message(Role.ASSISTANT, (odd,)),
                    Message(Role.TOOL, (ToolResult("call:1", "w", ()),)),
                )
            ),
            body(
                SAID_HELLO,
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": odd_id, "name": "weather", "input": {}}],
                },
                {"role": "user", "content": [result(tool_id=odd_id)]},
            ),
        ),
        "arguments that are no JSON": Request(
            _told(ToolUse("a", "weather", "{")), refused="messages[1].parts[0]"
        ),
        "arguments that are no object": Request(
            _told(ToolUse("a", "weather", "[]")), refused="messages[1].parts[0]"
        ),
        "arguments without a bottom": Request(
            _told(ToolUse("a", "weather", "[" * 9_999)), refused="messages[1].parts[0]"
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thought(*reasoning: Reasoning) -> Call:
        return _told(*reasoning, Text("So."), ASKED)

    def said(*blocks: dict[str, Any]) -> dict[str, Any]:
        rest = [{"type": "text", "text": "So."}, SAID_ASKED]
        return body(SAID_HELLO, {"role": "assistant", "content": [*blocks, *rest]})

    return {
        "reasoning loop": Request(
            thought(
                Reasoning("Oslo is cold.", Protocol.MESSAGES, "c2ln"),
                Reasoning("", Protocol.MESSAGES, "ZGF0YQ==", redacted=True),
                Reasoning("", Protocol.MESSAGES, "b21pdA=="),
            ),
            said(
                {"type": "thinking", "thinking": "Oslo is cold.", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "ZGF0YQ=="},
                {"type": "thinking", "thinking": "", "signature": "b21pdA=="},
            ),
        ),
        "another protocol's reasoning": Request(
            thought(Reasoning("Oslo is cold.", Protocol.GENERATE_CONTENT, "c2ln")), said()
        ),
        "reasoning that nobody signed": Request(thought(Reasoning("Cold.", Protocol.MESSAGES)), said()),
    }


def _thinking_requests() -> dict[str, Request]:
    def by(thinking: Thinking, **more: Any) -> Call:
        return Call(messages=(HELLO,), thinking=thinking, **more)

    adapts = CallModel(
        "m-1",
        {"thinking": True, "thinking.adaptive": True, "thinking.enabled": False, "effort": True},
        max_output_tokens=64_000,
    )
    budgets = CallModel(
        "m-1",
        {"thinking": True, "thinking.adaptive": False, "thinking.enabled": True},
        max_output_tokens=32_000,
    )
    shown = {"type": "enabled", "budget_tokens": 2_048, "display": "summarized"}
    return {
        "effort": Request(
            by(Thinking(effort="high", summary=True)),
            body(
                SAID_HELLO,
                max_tokens=64_000,
                thinking={"type": "adaptive", "display": "summarized"},
                output_config={"effort": "high"},
            ),
            model=adapts,
        ),
        "budget": Request(
            by(Thinking(budget=2_048, summary=True), tools=(WEATHER,)),
            body(SAID_HELLO, max_tokens=32_000, thinking=shown, tools=[SAID_WEATHER]),
            model=budgets,
            headers={"anthropic-beta": "interleaved-thinking-2025-05-14"},
        ),
        "adaptive thinking with tools": Request(
            by(Thinking(effort="low"), tools=(WEATHER,)),
            body(
                SAID_HELLO,
                max_tokens=64_000,
                thinking={"type": "adaptive"},
                output_config={"effort": "low"},
                tools=[SAID_WEATHER],
            ),
            model=adapts,
        ),
        "a budget for a model that adapts": Request(
            by(Thinking(budget=2_048)), refused="thinking.budget", model=adapts
        ),
        "heat while thinking": Request(by(Thinking(effort="low"), temperature=0.2), refused="temperature"),
        "a narrow choice while thinking": Request(by(Thinking(effort="low"), top_p=0.9), refused="top_p"),
        "few words while thinking": Request(by(Thinking(effort="low"), top_k=5), refused="top_k"),
        "what thinking allows": Request(
            by(Thinking(effort="low"), temperature=1, top_p=0.95),
            body(
                SAID_HELLO,
                thinking={"type": "adaptive"},
                output_config={"effort": "low"},
                temperature=1,
                top_p=0.95,
            ),
        ),
        "a forced tool while thinking": Request(
            by(Thinking(effort="low"), tools=(WEATHER,), tool_choice=ToolChoice("required")),
            refused="tool_choice",
        ),
        "a forced tool without thinking": Request(
            by(
                Thinking(effort="none"), tools=(WEATHER,), tool_choice=ToolChoice("required"), temperature=0.2
            ),
            body(
                SAID_HELLO,
                max_tokens=64_000,
                thinking={"type": "disabled"},
                tools=[SAID_WEATHER],
                tool_choice={"type": "any"},
                temperature=0.2,
            ),
            model=adapts,
        ),
    }


REQUESTS = {
    **_plain_requests(),
    **_formed_requests(),
    **_tool_requests(),
    **_result_requests(),
    **_reasoning_requests(),
    **_thinking_requests(),
}
