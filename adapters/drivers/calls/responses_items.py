"""Neutral messages as the input items of Responses.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from domain.call import Inexpressible
from domain.conversation import (
    Image,
    Message,
    Part,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    ToolResult,
    ToolUse,
)

_PLACES: dict[Role, tuple[type[Part], ...]] = {
    Role.SYSTEM: (Text,),
    Role.USER: (Text, Image),
    Role.ASSISTANT: (Text, Refusal, Reasoning, ToolUse),
    Role.TOOL: (ToolResult,),
}


def items_of(messages: Sequence[Message], *, by_openai: bool) -> list[dict[str, Any]]:
    """The items. OpenAI takes thoughts back in their encrypted form only, other servers as text too.

    Raises:
        Inexpressible: a part stands where Responses has no place for it.
    """
    return [
        item
        for index, message in enumerate(messages)
        for item in _said(message, f"messages[{index}]", by_openai=by_openai)
    ]


def _said(message: Message, at: str, *, by_openai: bool) -> Iterator[dict[str, Any]]:
    for index, part in enumerate(message.parts):
        if not isinstance(part, _PLACES[message.role]):
            reason = f"Responses has no place for it in a message of role {message.role}"
            raise Inexpressible(f"{at}.parts[{index}]", reason)
    match message.role:
        case Role.SYSTEM | Role.USER:
            yield _message(message.role, _shown(message.parts))
        case Role.ASSISTANT:
            yield from _by_model(message.parts, by_openai=by_openai)
        case Role.TOOL:
            for index, result in enumerate(message.parts):
                if isinstance(result, ToolResult):
                    yield _result(result, f"{at}.parts[{index}]")


def _by_model(parts: Iterable[Part], *, by_openai: bool) -> Iterator[dict[str, Any]]:
    """The items in the order in which the model made them: neighbouring words are one message."""
    for spoken, group in groupby(parts, lambda part: isinstance(part, Text | Refusal)):
        if spoken:
            yield _message(Role.ASSISTANT, _spoken(list(group)))
            continue
        for part in group:
            if isinstance(part, ToolUse):
                yield {
                    "type": "function_call",
                    "call_id": part.id,
                    "name": part.name,
                    "arguments": part.arguments,
                }
            elif isinstance(part, Reasoning) and part.protocol is Protocol.RESPONSES:
                yield from _reasoning(part, by_openai=by_openai)


def _message(role: Role, content: str | list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "message", "role": role.value, "content": content}


def _reasoning(part: Reasoning, *, by_openai: bool) -> Iterator[dict[str, Any]]:
    item: dict[str, Any] = {"type": "reasoning", "summary": []}
    if part.id is not None:
        item["id"] = part.id
    if part.signature is not None:
        if part.text:
            item["summary"] = [{"type": "summary_text", "text": part.text}]
        yield item | {"encrypted_content": part.signature}
    elif not by_openai:
        yield item | {"content": [{"type": "reasoning_text", "text": part.text}]}


def _result(result: ToolResult, at: str) -> dict[str, Any]:
    if result.is_error:
        raise Inexpressible(f"{at}.is_error", "Responses knows no failed results; say it in the text")
    return {"type": "function_call_output", "call_id": result.id, "output": _shown(result.content)}


def _shown(parts: Sequence[Part]) -> str | list[dict[str, Any]]:
    """One text is a string, which every server takes; the rest is a list."""
    match parts:
        case []:
            return ""
        case [Text(text)]:
            return text
    return [piece for part in parts for piece in _input(part)]


def _input(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Text(text):
            yield {"type": "input_text", "text": text}
        case Image():
            url = part.url or f"data:{part.media_type};base64,{part.data}"
            yield {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}


def _spoken(parts: Sequence[Part]) -> str | list[dict[str, Any]]:
    match parts:
        case [Text(text)]:
            return text
    return [piece for part in parts for piece in _output(part)]


def _output(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Text(text):
            yield {"type": "output_text", "text": text, "annotations": []}
        case Refusal(text):
            yield {"type": "refusal", "refusal": text}
