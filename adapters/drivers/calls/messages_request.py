"""A neutral call as a request of Anthropic's Messages: https://platform.claude.com/docs/en/api/messages."""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.messages_content import messages_of
from adapters.drivers.calls.messages_thinking import Plan
from adapters.drivers.calls.turns import system_texts
from domain.call import Call, Inexpressible, OutputFormat
from domain.conversation import Tool, ToolChoice

_LEAST_TOP_P_OF_THOUGHT = 0.95


def body_of(call: Call, model: CallModel, plan: Plan) -> Mapping[str, Any]:
    """The request's body.

    Raises:
        Inexpressible: Messages has no words for it.
    """
    _refuse_unknown_words(call)
    if plan.thinks:
        _refuse_beside_thinking(call)
    said = {
        "max_tokens": plan.max_tokens,
        "system": [{"type": "text", "text": text} for text in system_texts(call.messages)] or None,
        "messages": messages_of(call.messages),
        "tools": [_tool(tool, index, model) for index, tool in enumerate(call.tools)] or None,
        "tool_choice": _tool_choice(call),
        "temperature": call.temperature,
        "top_p": call.top_p,
        "top_k": call.top_k,
        "stop_sequences": list(call.stop) or None,
        "thinking": plan.form,
        "output_config": _output_config(call.output_format, model, plan),
        "metadata": None if call.user is None else {"user_id": call.user},
        "stream": call.stream or None,
    }
    return {"model": model.model_id} | {name: value for name, value in said.items() if value is not None}


def _refuse_unknown_words(call: Call) -> None:
    if call.seed is not None:
        raise Inexpressible("seed", "Anthropic's protocol has no seed; leave it out")
    for name in ("presence_penalty", "frequency_penalty"):
        if getattr(call, name):  # 0 is no penalty, which needs no word
            raise Inexpressible(name, "Anthropic's protocol has no penalties; leave it out")
    if call.temperature is not None and not 0 <= call.temperature <= 1:
        raise Inexpressible("temperature", "Anthropic's protocol takes 0 to 1")


def _refuse_beside_thinking(call: Call) -> None:
    """https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility."""
    if call.temperature not in (None, 1):
        raise Inexpressible("temperature", "a model that thinks takes no temperature but 1; leave it out")
    if call.top_p is not None and call.top_p < _LEAST_TOP_P_OF_THOUGHT:
        raise Inexpressible(
            "top_p", f"a model that thinks takes {_LEAST_TOP_P_OF_THOUGHT} to 1; leave it out"
        )
    if call.top_k is not None:
        raise Inexpressible("top_k", "a model that thinks takes none; leave it out")
    if call.tool_choice is not None and call.tool_choice.mode in ("required", "named"):
        raise Inexpressible("tool_choice", "a model that thinks cannot be made to use a tool; ask for auto")


def _tool(tool: Tool, index: int, model: CallModel) -> dict[str, Any]:
    if tool.strict and model.capabilities.get("structured_output") is False:
        raise Inexpressible(f"tools[{index}].strict", "this model cannot promise it; leave it out")
    said = {
        "name": tool.name,
        "description": tool.description,
        "input_schema": {"type": "object", **tool.parameters},
        "strict": tool.strict or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _tool_choice(call: Call) -> dict[str, Any] | None:
    """Whether calls may be parallel is said within it. Without tools there is nothing to choose."""
    choice = call.tool_choice or ToolChoice("auto")
    if not call.tools and choice.mode in ("auto", "none"):
        return None
    if choice.mode == "none":
        return {"type": "none"}
    if call.tool_choice is None and call.parallel_tool_calls is not False:
        return None
    kinds = {"auto": "auto", "required": "any", "named": "tool"}
    said: dict[str, Any] = {"type": kinds[choice.mode]}
    if choice.mode == "named":
        said["name"] = choice.name
    if call.parallel_tool_calls is False:
        said["disable_parallel_tool_use"] = True
    return said


def _output_config(wanted: OutputFormat | None, model: CallModel, plan: Plan) -> dict[str, Any] | None:
    """A tool that must be called could stand in for a form, but a model that thinks takes none such."""
    said: dict[str, Any] = {} if plan.effort is None else {"effort": plan.effort}
    if wanted is not None:
        said["format"] = {"type": "json_schema", "schema": _schema(wanted, model)}
    return said or None


def _schema(wanted: OutputFormat, model: CallModel) -> Mapping[str, Any]:
    if wanted.schema is None:
        raise Inexpressible("output_format", "Anthropic's protocol asks for JSON by a schema; give one")
    if model.capabilities.get("structured_output") is False:
        reason = "this model answers in no given form; leave it out, or choose another model"
        raise Inexpressible("output_format", reason)
    return {"description": wanted.description, **wanted.schema} if wanted.description else wanted.schema
