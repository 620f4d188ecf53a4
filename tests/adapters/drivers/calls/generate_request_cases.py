"""Calls, and the requests of Gemini's generateContent that they become."""

from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import Call, OutputFormat, Thinking
from domain.conversation import Image, Message, Refusal, Role, Text
from tests.adapters.drivers.calls.contract import Request
from tests.adapters.drivers.calls.generate_said import (
    HELLO,
    LINKED,
    MAP,
    PNG,
    SAID_HELLO,
    SAID_PNG,
    SAID_SCHEMA,
    SCHEMA,
    body,
    configured,
    told,
)
from tests.adapters.drivers.calls.generate_tool_cases import TOOL_REQUESTS


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
            told(Text("What?"), LINKED, PNG, Image(url="https://example.com/files/1"), role=Role.USER),
            body(
                {"role": "user", "parts": [{"text": "Hello"}, {"text": "What?"}, linked, SAID_PNG, untyped]}
            ),
        ),
        "an image without its type": Request(
            told(Image(data="iVBORw0KGgo="), role=Role.USER), refused="messages[1].parts[0]"
        ),
        "an image of the assistant": Request(told(Text("See"), PNG), refused="messages[1].parts[1]"),
        "a refusal before": Request(
            told(Refusal("No.")), body(SAID_HELLO, {"role": "model", "parts": [{"text": "No."}]})
        ),
        "nothing said": Request(told(Text("")), body(SAID_HELLO)),
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
    **TOOL_REQUESTS,
    **_thinking_requests(),
}
