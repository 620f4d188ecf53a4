"""A neutral call as a request of Gemini's generateContent: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.generate_contents import contents_of
from adapters.drivers.calls.generate_schema import schema_field
from adapters.drivers.calls.generate_thinking import thinking_config
from adapters.drivers.calls.turns import system_texts
from domain.call import Call, Inexpressible, OutputFormat
from domain.conversation import Tool

_MOST_STOPS = 5
_WORDS_OF_NO_PARAMETERS = {"type", "properties", "additionalProperties", "required", "title", "$schema"}
_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "named": "ANY"}


def body_of(call: Call, model: CallModel) -> Mapping[str, Any]:
    """The request's body.

    Raises:
        Inexpressible: generateContent has no words for it.
    """
    _refuse_unknown_words(call)
    system = [{"text": text} for text in system_texts(call.messages)]
    said = {
        "systemInstruction": {"parts": system} if system else None,
        "contents": contents_of(call.messages),
        "tools": [{"functionDeclarations": _declarations(call)}] if call.tools else None,
        "toolConfig": _tool_config(call),
        "generationConfig": _generation_config(call, model) or None,
    }
    return _given(said)


def _refuse_unknown_words(call: Call) -> None:
    if call.parallel_tool_calls is False and call.tools:
        reason = "Gemini cannot be kept from calling tools in parallel; leave it out"
        raise Inexpressible("parallel_tool_calls", reason)
    if call.user is not None:
        raise Inexpressible("user", "Gemini's protocol has no such field; leave it out")
    if len(call.stop) > _MOST_STOPS:
        raise Inexpressible("stop", f"Gemini takes at most {_MOST_STOPS} stop sequences")


def _generation_config(call: Call, model: CallModel) -> dict[str, Any]:
    said = {
        "maxOutputTokens": call.max_output_tokens,
        "temperature": call.temperature,
        "topP": call.top_p,
        "topK": call.top_k,
        "stopSequences": list(call.stop) or None,
        "seed": call.seed,
        "presencePenalty": call.presence_penalty,
        "frequencyPenalty": call.frequency_penalty,
        "thinkingConfig": thinking_config(call.thinking, model),
    }
    return _given(said) | (_response_format(call.output_format) if call.output_format else {})


def _response_format(wanted: OutputFormat) -> dict[str, Any]:
    said = {"responseMimeType": "application/json"}
    if wanted.schema is None:
        return said
    about = {"description": wanted.description} if wanted.description else {}
    schema = {**about, **wanted.schema}
    return said | schema_field("responseSchema", "responseJsonSchema", schema, "output_format")


def _declarations(call: Call) -> list[dict[str, Any]]:
    return [_declaration(tool, f"tools[{index}].parameters") for index, tool in enumerate(call.tools)]


def _declaration(tool: Tool, field: str) -> dict[str, Any]:
    said = _given({"name": tool.name, "description": tool.description})
    if _is_empty(tool.parameters):
        return said  # a function without parameters is declared without a schema
    schema = {"type": "object", **tool.parameters}
    return said | schema_field("parameters", "parametersJsonSchema", schema, field)


def _is_empty(parameters: Mapping[str, Any]) -> bool:
    described = parameters.get("properties") or parameters.get("additionalProperties")
    return parameters.keys() <= _WORDS_OF_NO_PARAMETERS and not described


def _tool_config(call: Call) -> dict[str, Any] | None:
    """A tool whose schema is strict is called by it where the model is made to validate its calls."""
    mode = None if call.tool_choice is None else _MODES[call.tool_choice.mode]
    if mode in (None, "AUTO") and any(tool.strict for tool in call.tools):
        mode = "VALIDATED"
    if mode is None:
        return None
    said: dict[str, Any] = {"mode": mode}
    if call.tool_choice is not None and call.tool_choice.mode == "named":
        said["allowedFunctionNames"] = [call.tool_choice.name]
    return {"functionCallingConfig": said}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
