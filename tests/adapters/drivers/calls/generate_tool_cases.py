"""Calls with tools, their results and thoughts, and what they become in Gemini's generateContent."""

from typing import Any

from domain.call import Call
from domain.conversation import (
    Message,
    Protocol,
    Reasoning,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from tests.adapters.drivers.calls.contract import Request
from tests.adapters.drivers.calls.generate_said import (
    ASKED,
    HELLO,
    LINKED,
    MAP,
    PNG,
    SAID_ASKED,
    SAID_HELLO,
    SAID_PNG,
    SAID_WEATHER,
    SCHEMA,
    WEATHER,
    body,
    told,
)


def _tool_requests() -> dict[str, Request]:
    def chosen(choice: ToolChoice | None, *tools: Tool, parallel: bool | None = None) -> Call:
        return Call(
            messages=(HELLO,), tools=tools or (WEATHER,), tool_choice=choice, parallel_tool_calls=parallel
        )

    def choosing(*declared: dict[str, Any], **config: Any) -> dict[str, Any]:
        said = {"tools": [{"functionDeclarations": list(declared or (SAID_WEATHER,))}]}
        return body(
            SAID_HELLO, **said, **({"toolConfig": {"functionCallingConfig": config}} if config else {})
        )

    strict = Tool("weather", "The weather in a city", SCHEMA, strict=True)
    return {
        "tools": Request(
            chosen(
                ToolChoice("named", "weather"),
                WEATHER,
                Tool("now", None, {}),
                Tool("tag", None, MAP),
                parallel=True,
            ),
            choosing(
                SAID_WEATHER,
                {"name": "now"},
                {"name": "tag", "parametersJsonSchema": MAP},
                mode="ANY",
                allowedFunctionNames=["weather"],
            ),
        ),
        "a tool must be used": Request(chosen(ToolChoice("required")), choosing(mode="ANY")),
        "no tool may be used": Request(chosen(ToolChoice("none"), strict), choosing(mode="NONE")),
        "any or none": Request(chosen(ToolChoice("auto")), choosing(mode="AUTO")),
        "tools without a choice": Request(chosen(None), choosing()),
        "strict tools": Request(chosen(None, strict), choosing(mode="VALIDATED")),
        "a strict tool must be used": Request(chosen(ToolChoice("required"), strict), choosing(mode="ANY")),
        "one at a time": Request(chosen(None, parallel=False), refused="parallel_tool_calls"),
        "one at a time of none": Request(
            Call(messages=(HELLO,), parallel_tool_calls=False), body(SAID_HELLO)
        ),
        "a schema that cannot be said": Request(
            chosen(None, WEATHER, Tool("sum", None, {"properties": {"n": {"not": {}}}})),
            refused="tools[1].parameters",
        ),
    }


def _result_requests() -> dict[str, Request]:
    asked = Message(Role.ASSISTANT, (Text(""), ASKED))
    said_asked = {"role": "model", "parts": [SAID_ASKED]}

    def answered(*results: ToolResult) -> Call:
        told = tuple(Message(Role.TOOL, (result,)) for result in results)
        return Call(messages=(HELLO, asked, *told, Message(Role.USER, (Text("And?"),))))

    def answers(*results: dict[str, Any]) -> dict[str, Any]:
        parts = [{"functionResponse": result} for result in results]
        return body(SAID_HELLO, said_asked, {"role": "user", "parts": [*parts, {"text": "And?"}]})

    def result(response: dict[str, str], **more: Any) -> dict[str, Any]:
        return {"id": "fc-1", "name": "weather", "response": response, **more}

    return {
        "tool results": Request(
            answered(ToolResult("fc-1", "weather", (Text("-3"), Text("dry"))), ToolResult("fc-2", "now", ())),
            answers(result({"output": "-3\ndry"}), {"id": "fc-2", "name": "now", "response": {"output": ""}}),
        ),
        "tool results with images": Request(
            answered(ToolResult("fc-1", "weather", (Text("See"), PNG))),
            answers(result({"output": "See"}, parts=[SAID_PNG])),
        ),
        "a result's image by its URL": Request(
            answered(ToolResult("fc-1", "weather", (Text("See"), LINKED))),
            refused="messages[2].parts[0].content[1]",
        ),
        "a failed tool": Request(
            answered(ToolResult("fc-1", "weather", (Text("no"),), is_error=True)),
            answers(result({"error": "no"})),
        ),
        "arguments that are no object": Request(
            told(ToolUse("a", "weather", "[]")), refused="messages[1].parts[0]"
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thought(*reasoning: Reasoning) -> Call:
        asked = ToolUse("fc-1", "weather", '{"city": "Oslo"}', signature="c2ln")
        return told(*reasoning, Text("So."), asked)

    def said(*parts: dict[str, Any]) -> dict[str, Any]:
        asked = {**SAID_ASKED, "thoughtSignature": "c2ln"}
        return body(SAID_HELLO, {"role": "model", "parts": [*parts, {"text": "So."}, asked]})

    ours = Protocol.GENERATE_CONTENT
    return {
        "reasoning loop": Request(
            thought(Reasoning("Cold.", ours, "dGg="), Reasoning("Wet.", ours), Reasoning("", ours, "dHg=")),
            said(
                {"text": "Cold.", "thought": True, "thoughtSignature": "dGg="},
                {"text": "Wet.", "thought": True},
                {"text": "", "thoughtSignature": "dHg="},
            ),
        ),
        "another protocol's reasoning": Request(
            thought(Reasoning("Cold.", Protocol.MESSAGES, "c2ln")), said()
        ),
        "reasoning of nothing": Request(thought(Reasoning("", ours)), said()),
    }


TOOL_REQUESTS = {**_tool_requests(), **_result_requests(), **_reasoning_requests()}
