"""A Chat Completions request as a neutral call."""

from typing import Any, Final

import msgspec

from api.calls.chat_messages import MessagesReader
from api.calls.chat_option_shapes import (
    FunctionTool,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedChoice,
    ToolMode,
)
from api.calls.chat_shapes import UNTRANSLATED, ChatBody
from api.calls.decoded import BadCall, Decoded
from api.calls.reading import read
from domain.call import Call, OutputFormat, Thinking
from domain.conversation import Tool, ToolChoice

_BODY: Final = msgspec.json.Decoder(ChatBody)
_NAMES = {
    "output_format": "response_format",
    "output_format.schema": "response_format.json_schema.schema",
    "thinking": "thinking",
    "thinking.budget": "thinking.budget_tokens",
}
_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


def decode(body: bytes) -> Decoded:
    """What a Chat Completions request asks for.

    Raises:
        BadCall: the body is of another form, or asks for what Keyroll cannot translate.
    """
    said = read(body, _BODY)
    _refuse_untranslated(said)
    reader = MessagesReader()
    messages = tuple(reader.message(index, message) for index, message in enumerate(said.messages))
    fields = _NAMES | reader.fields | _fields(said)
    call = Call(
        messages=messages,
        tools=tuple(_tool(tool) for tool in said.tools or ()),
        tool_choice=_tool_choice(said.tool_choice),
        parallel_tool_calls=said.parallel_tool_calls,
        max_output_tokens=_one_of(said, "max_completion_tokens", "max_tokens"),
        temperature=said.temperature,
        top_p=said.top_p,
        top_k=said.top_k,
        stop=(said.stop,) if isinstance(said.stop, str) else tuple(said.stop or ()),
        seed=said.seed,
        presence_penalty=said.presence_penalty,
        frequency_penalty=said.frequency_penalty,
        output_format=_output_format(said),
        thinking=_thinking(said),
        user=_one_of(said, "safety_identifier", "user"),
        stream=bool(said.stream),
    )
    include_usage = said.stream_options is not None and said.stream_options.include_usage
    return Decoded(
        call=call, model=said.model, timeout=said.timeout, fields=fields, include_usage=include_usage
    )


def _refuse_untranslated(said: ChatBody) -> None:
    if said.n not in (None, 1):
        raise BadCall("n", "one call brings one answer here; leave it out, and call several times")
    for name, harmless in UNTRANSLATED.items():
        value = getattr(said, name)
        if value is not None and value not in harmless:
            raise BadCall(
                name,
                "this model's provider speaks another protocol, which has no such field; "
                "leave it out, or ask a model whose provider speaks Chat Completions",
            )


def _fields(said: ChatBody) -> dict[str, str]:
    """The caller's names of what has several."""
    names = {
        "max_output_tokens": "max_tokens" if said.max_completion_tokens is None else "max_completion_tokens",
        "user": "user" if said.safety_identifier is None else "safety_identifier",
    }
    if said.thinking is None:
        names["thinking"] = "reasoning_effort"
    for index, _ in enumerate(said.tools or ()):
        for part in ("name", "description", "parameters", "strict"):
            names[f"tools[{index}].{part}"] = f"tools[{index}].function.{part}"
    return names


def _one_of(said: ChatBody, newer: str, older: str) -> Any:
    first, second = getattr(said, newer), getattr(said, older)
    if first is not None and second is not None and first != second:
        raise BadCall(older, f"{newer} is another name of it and says otherwise; leave one of them out")
    return second if first is None else first


def _tool(tool: FunctionTool) -> Tool:
    function = tool.function
    parameters = _NO_PARAMETERS if function.parameters is None else function.parameters
    return Tool(function.name, function.description, parameters, function.strict)


def _tool_choice(choice: ToolMode | NamedChoice | None) -> ToolChoice | None:
    if isinstance(choice, NamedChoice):
        return ToolChoice("named", choice.function.name)
    return None if choice is None else ToolChoice(choice)


def _output_format(said: ChatBody) -> OutputFormat | None:
    match said.response_format:
        case JsonObjectFormat():
            return OutputFormat()
        case JsonSchemaFormat(json_schema=wanted):
            return OutputFormat(wanted.schema, wanted.name, wanted.strict, wanted.description)
        case _:
            return None


def _thinking(said: ChatBody) -> Thinking | None:
    """From ``reasoning_effort``, or ``thinking``, or both where they go together."""
    effort, thinking = said.reasoning_effort, said.thinking
    if thinking is None:
        return None if effort is None else Thinking(effort=effort)
    if effort is not None and (thinking.budget_tokens is not None or thinking.type == "disabled"):
        raise BadCall("reasoning_effort", "thinking says otherwise; leave one of them out")
    if thinking.type == "disabled":
        return Thinking(effort="none")
    if thinking.type == "enabled" and thinking.budget_tokens is None and effort is None:
        raise BadCall("thinking.budget_tokens", "say how many tokens, or use type adaptive")
    return Thinking(effort, thinking.budget_tokens, summary=thinking.display != "omitted")
