"""A Responses request as a neutral call."""

from typing import Any, Final

import msgspec

from api.calls.decoded import BadCall, Decoded
from api.calls.reading import read
from api.calls.responses_input import InputReader
from api.calls.responses_object import echo_of
from api.calls.responses_shapes import (
    UNTRANSLATED,
    JsonObjectFormat,
    JsonSchemaFormat,
    ReasoningChoice,
    ResponsesBody,
)
from api.calls.responses_tools import tools_of
from domain.call import Call, OutputFormat, Thinking
from domain.conversation import Role

_BODY: Final = msgspec.json.Decoder(ResponsesBody)
_NAMES: Final = {
    "output_format": "text.format",
    "output_format.schema": "text.format.schema",
    "thinking": "reasoning",
    "thinking.effort": "reasoning.effort",
    "thinking.budget": "reasoning.max_tokens",
    "thinking.summary": "reasoning.summary",
}
_NOTHING_STORED: Final = (
    "Keyroll stores no answers; send the items of the conversation so far in input instead"
)
_REASONS: Final = {
    "previous_response_id": _NOTHING_STORED,
    "conversation": _NOTHING_STORED,
    "include": "only reasoning.encrypted_content can be had, and comes unasked; leave the others out",
    "truncation": "Keyroll leaves nothing out of a conversation; leave it out, or say disabled",
}
_OTHER_PROTOCOLS: Final = (
    "this model's provider speaks another protocol, which has no such field; "
    "leave it out, or ask a model whose provider speaks Responses"
)


def decode(body: bytes) -> Decoded:
    """What a Responses request asks for.

    Raises:
        BadCall: the body is of another form, or asks for what Keyroll cannot translate.
    """
    said = read(body, _BODY)
    _refuse_untranslated(said)
    reader = InputReader()
    if said.instructions is not None:
        reader.words(Role.SYSTEM, said.instructions, "instructions")
    if isinstance(said.input, str):
        reader.words(Role.USER, said.input, "input")
    else:
        for index, item in enumerate(said.input):
            reader.item(item, f"input[{index}]")
    tools = tools_of(said)
    call = Call(
        messages=reader.messages,
        tools=tools.offered,
        tool_choice=tools.choice,
        parallel_tool_calls=said.parallel_tool_calls,
        max_output_tokens=said.max_output_tokens,
        temperature=said.temperature,
        top_p=said.top_p,
        top_k=said.top_k,
        presence_penalty=said.presence_penalty,
        frequency_penalty=said.frequency_penalty,
        output_format=_output_format(said),
        thinking=_thinking(said.reasoning or ReasoningChoice()),
        user=_user(said),
        stream=bool(said.stream),
    )
    names = {"user": "user" if said.safety_identifier is None else "safety_identifier"}
    return Decoded(
        call=call,
        model=said.model,
        timeout=said.timeout,
        fields={**_NAMES, **names, **tools.fields, **reader.fields},
        echo=echo_of(said),
    )


def _refuse_untranslated(said: ResponsesBody) -> None:
    for name, harmless in UNTRANSLATED.items():
        value: Any = said
        for step in name.split("."):
            value = getattr(value, step, None)
        if value is not None and value not in harmless:
            raise BadCall(name, _REASONS.get(name, _OTHER_PROTOCOLS))


def _user(said: ResponsesBody) -> str | None:
    if said.safety_identifier is None:
        return said.user
    if said.user not in (None, said.safety_identifier):
        raise BadCall("user", "safety_identifier is its newer name and says otherwise; leave one of them out")
    return said.safety_identifier


def _output_format(said: ResponsesBody) -> OutputFormat | None:
    match said.text and said.text.format:
        case JsonObjectFormat():
            return OutputFormat()
        case JsonSchemaFormat() as wanted:
            return OutputFormat(wanted.schema, wanted.name, wanted.strict, wanted.description)
        case _:
            return None


def _thinking(said: ReasoningChoice) -> Thinking | None:
    if said.effort is not None and said.max_tokens is not None:
        raise BadCall("reasoning.max_tokens", "reasoning.effort says how much, too; leave one of them out")
    shown = (said.summary or said.generate_summary) is not None
    if said.effort is None and said.max_tokens is None and not shown:
        return None
    return Thinking(said.effort, said.max_tokens, summary=shown)
