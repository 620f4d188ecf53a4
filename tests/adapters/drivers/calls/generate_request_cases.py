"""Calls, and the requests of Gemini's generateContent that they become."""

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

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
SAID_SCHEMA = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
MAP = {"type": "object", "additionalProperties": {"type": "string"}}
WEATHER = Tool("weather", "The weather in a city", SCHEMA)
SAID_WEATHER = {"name": "weather", "description": "The weather in a city", "parameters": SAID_SCHEMA}
HELLO = Message(Role.USER, (Text("Hello"),))
SAID_HELLO = {"role": "user", "parts": [{"text": "Hello"}]}
ASKED = ToolUse("fc-1", "weather", '{"city": "Oslo"}')
SAID_ASKED = {"functionCall": {"id": "fc-1", "name": "weather", "args": {"city": "Oslo"}}}
PNG = Image(media_type="image/png", data="iVBORw0KGgo=", detail="low")
SAID_PNG = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
LINKED = Image(url="https://example.com/a.JPG?x=1")


def body(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"contents": list(contents), **more}


def configured(**config: Any) -> dict[str, Any]:
    return body(SAID_HELLO, generationConfig=config)


def _told(*parts: Part, role: Role = Role.ASSISTANT) -> Call:
    return Call(messages=(HELLO, Message(role, parts)))


def _plain_requests() -> dict[str, Request]:
    system = Message(Role.SYSTEM, (Text("Be brief."),))
    linked = {"fileData": {"fileUri": "https://example.com/a.JPG?x=1", "mimeType": "image/jpeg"}}
    untyped = {"fileData": {"fileUri": "https://example.com/files/1"}}
    return {
        "text": Request(
            Call(messages=(system, HELLO)),
            body(SAID_HELLO, systemInstruction={"parts": [{"text": "Be brief."}]}),
            headers={"content-type": "application/json", "accept": "application/json"},
        ),
        "stream": Request(
            Call(messages=(HELLO,), stream=True), body(SAID_HELLO), headers={"accept": "text/event-stream"}
        ),
        "every sampling field": Request(
            Call(
                messages=(HELLO,),
                max_output_tokens=50,
                temperature=0.5,
                top_p=0.9,
                top_k=5,
                stop=("a", "b"),
                seed=7,
                presence_penalty=0.1,
                frequency_penalty=-0.1,
            ),
            configured(
                maxOutputTokens=50,
                temperature=0.5,
                topP=0.9,
                topK=5,
                stopSequences=["a", "b"],
                seed=7,
                presencePenalty=0.1,
                frequencyPenalty=-0.1,
            ),
        ),
        "images": Request(
            _told(Text("What?"), LINKED, PNG, Image(url="https://example.com/files/1"), role=Role.USER),
            body(
                {"role": "user", "parts": [{"text": "Hello"}, {"text": "What?"}, linked, SAID_PNG, untyped]}
            ),
        ),
        "an image without its type": Request(
            _told(Image(data="iVBORw0KGgo="), role=Role.USER), refused="messages[1].parts[0]"
        ),
        "an image of the assistant": Request(_told(Text("See"), PNG), refused="messages[1].parts[1]"),
        "a refusal before": Request(
            _told(Refusal("No.")), body(SAID_HELLO, {"role": "model", "parts": [{"text": "No."}]})
        ),
        "nothing said": Request(_told(Text("")), body(SAID_HELLO)),
        "user": Request(Call(messages=(HELLO,), user="ada"), refused="user"),
        "six stop sequences": Request(Call(messages=(HELLO,), stop=tuple("abcdef")), refused="stop"),
        "structured output": Request(
            Call(messages=(HELLO,), output_format=OutputFormat(SCHEMA, "place", description="A place")),
            configured(
                responseMimeType="application/json", responseSchema={"description": "A place", **SAID_SCHEMA}
            ),
        ),
        "a form of any names": Request(
            Call(messages=(HELLO,), output_format=OutputFormat(MAP)),
            configured(responseMimeType="application/json", responseJsonSchema=MAP),
        ),
        "a form that cannot be said": Request(
            Call(messages=(HELLO,), output_format=OutputFormat({"type": "array", "uniqueItems": True})),
            refused="output_format",
        ),
        "any JSON": Request(
            Call(messages=(HELLO,), output_format=OutputFormat()),
            configured(responseMimeType="application/json"),
        ),
    }


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
            _told(ToolUse("a", "weather", "[]")), refused="messages[1].parts[0]"
        ),
    }


def _reasoning_requests() -> dict[str, Request]:
    def thought(*reasoning: Reasoning) -> Call:
        asked = ToolUse("fc-1", "weather", '{"city": "Oslo"}', signature="c2ln")
        return _told(*reasoning, Text("So."), asked)

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


def _thinking_requests() -> dict[str, Request]:
    levels = CallModel("m-1", {"thinking": True, "thinking.level": True})
    never = CallModel("m-1", {"thinking": False})

    def by(**thinking: Any) -> Call:
        return Call(messages=(HELLO,), thinking=Thinking(**thinking))

    def thinks(**config: Any) -> dict[str, Any]:
        return configured(thinkingConfig=config)

    return {
        "effort": Request(
            by(effort="high", summary=True), thinks(includeThoughts=True, thinkingBudget=24_576)
        ),
        "budget": Request(by(budget=2_048), thinks(thinkingBudget=2_048)),
        "a level": Request(by(effort="xhigh"), thinks(thinkingLevel="high"), model=levels),
        "a budget for a model of levels": Request(by(budget=512), thinks(thinkingBudget=512), model=levels),
        "no effort": Request(by(effort="none"), thinks(thinkingBudget=0), model=levels),
        "thoughts shown": Request(by(summary=True), thinks(includeThoughts=True)),
        "nothing about thinking": Request(by(), body(SAID_HELLO)),
        "an effort of a model that does not think": Request(
            by(effort="low"), refused="thinking.effort", model=never
        ),
        "a budget of a model that does not think": Request(
            by(budget=512), refused="thinking.budget", model=never
        ),
        "no effort of a model that does not think": Request(
            by(effort="none", summary=True), body(SAID_HELLO), model=never
        ),
        "no budget of a model that does not think": Request(by(budget=0), body(SAID_HELLO), model=never),
    }


REQUESTS = {
    **_plain_requests(),
    **_tool_requests(),
    **_result_requests(),
    **_reasoning_requests(),
    **_thinking_requests(),
}
