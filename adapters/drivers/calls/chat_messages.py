"""Neutral messages as those of Chat Completions.

https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages. "system" is the word that all
servers know; OpenAI takes it as "developer" where a model knows only that.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, TypeVar, assert_never

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

_Spoken: TypeAlias = Text | Refusal | Image
_P = TypeVar("_P", bound=Part)
_PLACES: dict[Role, tuple[type[Part], ...]] = {
    Role.SYSTEM: (Text,),
    Role.USER: (Text, Image),
    Role.ASSISTANT: (Text, Refusal, Reasoning, ToolUse),
    Role.TOOL: (ToolResult,),
}


def messages_of(messages: Sequence[Message], *, with_reasoning: bool) -> list[dict[str, Any]]:
    """The messages; ``with_reasoning`` gives a server its thoughts back, by DeepSeek's and vLLM's name.

    Raises:
        Inexpressible: a part stands where Chat Completions has no place for it.
    """
    return [
        said
        for index, message in enumerate(messages)
        for said in _said(message, f"messages[{index}]", with_reasoning=with_reasoning)
    ]


def _said(message: Message, at: str, *, with_reasoning: bool) -> Iterator[dict[str, Any]]:
    for index, part in enumerate(message.parts):
        if not isinstance(part, _PLACES[message.role]):
            reason = f"Chat Completions has no place for it in a message of role {message.role}"
            raise Inexpressible(f"{at}.parts[{index}]", reason)
    match message.role:
        case Role.SYSTEM | Role.USER:
            yield {"role": message.role.value, "content": _content(_spoken(message))}
        case Role.ASSISTANT:
            yield _assistant(message, with_reasoning=with_reasoning)
        case Role.TOOL:
            for index, result in enumerate(_those(message, ToolResult)):
                yield _tool(result, f"{at}.parts[{index}]")
        case _:
            assert_never(message.role)


def _assistant(message: Message, *, with_reasoning: bool) -> dict[str, Any]:
    spoken = _spoken(message)
    uses = _those(message, ToolUse)
    said: dict[str, Any] = {
        "role": "assistant",
        "content": _content(spoken) if spoken or not uses else None,
    }
    thoughts = [part.text for part in _those(message, Reasoning) if part.protocol is Protocol.CHAT]
    if with_reasoning and any(thoughts):
        said["reasoning_content"] = "".join(thoughts)
    if uses:
        said["tool_calls"] = [_tool_call(use) for use in uses]
    return said


def _spoken(message: Message) -> list[_Spoken]:
    return [part for part in message.parts if isinstance(part, Text | Refusal | Image)]


def _those(message: Message, kind: type[_P]) -> list[_P]:
    return [part for part in message.parts if isinstance(part, kind)]


def _tool_call(use: ToolUse) -> dict[str, Any]:
    function = {"name": use.name, "arguments": use.arguments}
    call: dict[str, Any] = {"id": use.id, "type": "function", "function": function}
    if use.signature is not None:
        call["extra_content"] = {"google": {"thought_signature": use.signature}}
    return call


def _tool(result: ToolResult, at: str) -> dict[str, Any]:
    if result.is_error:
        raise Inexpressible(f"{at}.is_error", "Chat Completions knows no failed results; say it in the text")
    for index, part in enumerate(result.content):
        if isinstance(part, Image):
            raise Inexpressible(
                f"{at}.content[{index}]",
                "Chat Completions takes no images in results of tools; send them in a message of the user",
            )
    return {"role": "tool", "tool_call_id": result.id, "content": _content(result.content)}


def _content(parts: Sequence[_Spoken]) -> str | list[dict[str, Any]]:
    """One text is a string, which every server takes; the rest is a list."""
    match parts:
        case []:
            return ""
        case [Text(text)]:
            return text
    return [_piece(part) for part in parts]


def _piece(part: Text | Refusal | Image) -> dict[str, Any]:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Refusal(text):
            return {"type": "refusal", "refusal": text}
        case Image(url, media_type, data, detail):
            where = {"url": url or f"data:{media_type};base64,{data}"}
            return {"type": "image_url", "image_url": where if detail is None else where | {"detail": detail}}
        case _:
            assert_never(part)
