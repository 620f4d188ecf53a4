"""A neutral call as a Responses request.

https://platform.openai.com/docs/api-reference/responses/create
"""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.openai_itself import is_openai_itself
from adapters.drivers.calls.responses_items import items_of
from domain.call import Call, Inexpressible, OutputFormat, Thinking
from domain.conversation import Protocol, Reasoning, Tool, ToolChoice


def body_of(call: Call, model: CallModel, base_url: str) -> Mapping[str, Any]:
    """The request's body. Nothing is left with the vendor: each call brings all that it refers to.

    Raises:
        Inexpressible: Responses has no words for it.
    """
    by_openai = is_openai_itself(base_url)
    _refuse_what_has_no_field(call, by_openai=by_openai)
    said = {
        "input": items_of(call.messages, by_openai=by_openai),
        "tools": [_tool(tool) for tool in call.tools] or None,
        "tool_choice": call.tool_choice and _tool_choice(call.tool_choice),
        "parallel_tool_calls": call.parallel_tool_calls,
        "max_output_tokens": call.max_output_tokens,
        "temperature": call.temperature,
        "top_p": call.top_p,
        "presence_penalty": None if by_openai else call.presence_penalty,
        "frequency_penalty": None if by_openai else call.frequency_penalty,
        "text": call.output_format and {"format": _format(call.output_format)},
        "reasoning": call.thinking and _reasoning(call.thinking),
        "user": call.user,
        "stream": call.stream or None,
        "include": ["reasoning.encrypted_content"] if _may_think(call, model) else None,
    }
    given = {name: value for name, value in said.items() if value is not None}
    return {"model": model.model_id, "store": False} | given


def _refuse_what_has_no_field(call: Call, *, by_openai: bool) -> None:
    asked: dict[str, object] = {"stop": call.stop, "seed": call.seed, "top_k": call.top_k}
    if by_openai:  # Open Responses has both, OpenAI's own has not; 0 is what happens anyway
        asked |= {
            "presence_penalty": call.presence_penalty or None,
            "frequency_penalty": call.frequency_penalty or None,
        }
    for name, value in asked.items():
        if value not in (None, ()):
            raise Inexpressible(name, "Responses has no such field; leave it out, or ask another model")


def _may_think(call: Call, model: CallModel) -> bool:
    """Whether to ask for the encrypted thoughts: a model that cannot think refuses to be asked."""
    if call.thinking is not None and call.thinking.effort != "none":
        return True
    return bool(model.capabilities.get("thinking")) or any(
        isinstance(part, Reasoning) and part.protocol is Protocol.RESPONSES and part.signature is not None
        for message in call.messages
        for part in message.parts
    )


def _reasoning(thinking: Thinking) -> dict[str, Any] | None:
    if thinking.budget is not None:
        raise Inexpressible(
            "thinking.budget", "Responses knows efforts, not budgets; ask for an effort instead"
        )
    return _given({"effort": thinking.effort, "summary": "auto" if thinking.summary else None}) or None


def _tool(tool: Tool) -> dict[str, Any]:
    """Left unsaid, ``strict`` would mean true here, and false in all other protocols."""
    said = {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": bool(tool.strict),
    }
    return _given(said)


def _tool_choice(choice: ToolChoice) -> str | dict[str, Any]:
    return {"type": "function", "name": choice.name} if choice.mode == "named" else choice.mode


def _format(wanted: OutputFormat) -> dict[str, Any]:
    if wanted.schema is None:
        return {"type": "json_object"}
    said = {
        "type": "json_schema",
        "name": wanted.name,
        "description": wanted.description,
        "schema": wanted.schema,
        "strict": wanted.strict,
    }
    return _given(said)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
