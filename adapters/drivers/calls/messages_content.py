"""Neutral turns as messages of Anthropic's protocol.

https://platform.claude.com/docs/en/api/messages, …/agents-and-tools/tool-use/implement-tool-use. A turn of
thoughts goes back as it came, in its place: https://platform.claude.com/docs/en/build-with-claude/extended-thinking
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from adapters.drivers.calls.turns import Placed, arguments_of, turns_of
from domain.call import Inexpressible
from domain.conversation import (
    Image,
    Message,
    Protocol,
    Reasoning,
    Refusal,
    Text,
    ToolResult,
    ToolUse,
)

_TOOL_ID = re.compile(r"[a-zA-Z0-9_-]+")


def messages_of(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages without the system's.

    Raises:
        Inexpressible: something in them has no words in this protocol.
    """
    said = []
    for turn in turns_of(messages):
        blocks = [block for placed in turn.parts for block in _blocks(placed)]
        if blocks:
            said.append({"role": "assistant" if turn.by_model else "user", "content": blocks})
    return said


def _blocks(placed: Placed) -> Iterator[dict[str, Any]]:
    at, part = placed
    match part:
        case Text(text) | Refusal(text):
            yield from _text(text)
        case Image():
            yield _image(part, at)
        case Reasoning():
            yield from _reasoning(part)
        case ToolUse():
            arguments = arguments_of(part, at)
            yield {"type": "tool_use", "id": _tool_id(part.id), "name": part.name, "input": arguments}
        case ToolResult():
            yield _result(part, at)
        case _:
            assert_never(part)


def _text(text: str) -> Iterator[dict[str, Any]]:
    """Anthropic refuses empty text, which other protocols send beside calls of tools."""
    if text:
        yield {"type": "text", "text": text}


def _image(image: Image, at: str) -> dict[str, Any]:
    """How closely to look cannot be said: it is a hint, and the vendor looks as closely as it can."""
    if image.url is not None:
        return {"type": "image", "source": {"type": "url", "url": image.url}}
    if image.media_type is None or image.data is None:
        raise Inexpressible(at, "an image needs a URL, or data with its media type")
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": image.media_type, "data": image.data},
    }


def _reasoning(thought: Reasoning) -> Iterator[dict[str, Any]]:
    """Only what Anthropic has signed goes back: it refuses thoughts that it cannot check."""
    if thought.protocol is not Protocol.MESSAGES or not thought.signature:
        return
    if thought.redacted:
        yield {"type": "redacted_thinking", "data": thought.signature}
    else:
        yield {"type": "thinking", "thinking": thought.text, "signature": thought.signature}


def _result(result: ToolResult, at: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for index, part in enumerate(result.content):
        content.extend(_blocks(Placed(f"{at}.content[{index}]", part)))
    said: dict[str, Any] = {"type": "tool_result", "tool_use_id": _tool_id(result.id), "content": content}
    return said | {"is_error": True} if result.is_error else said


def _tool_id(given: str) -> str:
    """An id of characters that Anthropic takes: the same for a call and its result, whoever made it."""
    if _TOOL_ID.fullmatch(given):
        return given
    return f"toolu_{hashlib.sha256(given.encode()).hexdigest()[:24]}"
