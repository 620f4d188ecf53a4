"""Calls, and the requests of Anthropic's Messages that they become."""

from typing import Any

from adapters.drivers.calls.driver import CallModel
from domain.call import Call, OutputFormat, Thinking
from domain.conversation import Image, Message, Refusal, Role, Text, ToolChoice
from tests.adapters.drivers.calls.contract import Request
from tests.adapters.drivers.calls.messages_said import (
    HELLO,
    LINKED,
    PLAIN,
    PNG,
    SAID_HELLO,
    SAID_LINKED,
    SAID_PNG,
    SAID_WEATHER,
    SCHEMA,
    SHORT,
    WEATHER,
    body,
    told,
)
from tests.adapters.drivers.calls.messages_tool_cases import TOOL_REQUESTS


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
            told(Text("What is it?"), LINKED, PNG, role=Role.USER),
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
            told(Image(data="iVBORw0KGgo="), role=Role.USER), refused="messages[1].parts[0]"
        ),
        "an image of the assistant": Request(told(Text("See"), PNG), refused="messages[1].parts[1]"),
        "an image of the system": Request(told(PNG, role=Role.SYSTEM), refused="messages[1].parts[0]"),
        "a refusal before": Request(
            told(Refusal("No.")),
            body(SAID_HELLO, {"role": "assistant", "content": [{"type": "text", "text": "No."}]}),
        ),
        "nothing said": Request(told(Text("")), body(SAID_HELLO)),
        "no part at all": Request(told(), body(SAID_HELLO)),
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
    **TOOL_REQUESTS,
    **_thinking_requests(),
}
