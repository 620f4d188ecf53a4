"""Neutral turns as Gemini's contents.

https://ai.google.dev/api/caching#Content, https://ai.google.dev/gemini-api/docs/function-calling,
https://ai.google.dev/gemini-api/docs/thought-signatures
"""

from collections.abc import Iterator, Sequence
from typing import Any, assert_never
from urllib.parse import urlsplit

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

_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
}


def contents_of(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages without the system's.

    Raises:
        Inexpressible: something in them has no words in this protocol.
    """
    said = []
    for turn in turns_of(messages):
        parts = [part for placed in turn.parts for part in _parts(placed)]
        if parts:
            said.append({"role": "model" if turn.by_model else "user", "parts": parts})
    return said


def _parts(placed: Placed) -> Iterator[dict[str, Any]]:
    at, part = placed
    match part:
        case Text(text) | Refusal(text):
            if text:
                yield {"text": text}
        case Image():
            yield _image(part, at)
        case Reasoning():
            yield from _reasoning(part)
        case ToolUse():
            call = {"id": part.id, "name": part.name, "args": arguments_of(part, at)}
            yield {"functionCall": call, **_signed(part.signature)}
        case ToolResult():
            yield {"functionResponse": _response(part, at)}
        case _:
            assert_never(part)


def _signed(signature: str | None) -> dict[str, str]:
    return {} if signature is None else {"thoughtSignature": signature}


def _reasoning(thought: Reasoning) -> Iterator[dict[str, Any]]:
    """A signature without a thought stood with text, which needs none to be read; it goes back on its own."""
    if thought.protocol is not Protocol.GENERATE_CONTENT:
        return
    if thought.text:
        yield {"text": thought.text, "thought": True, **_signed(thought.signature)}
    elif thought.signature is not None:
        yield {"text": "", "thoughtSignature": thought.signature}


def _image(image: Image, at: str) -> dict[str, Any]:
    """How closely to look cannot be said of one image: it is a hint, and the vendor's own default holds."""
    if image.url is None:
        return {"inlineData": _data(image, at)}
    suffix = urlsplit(image.url).path.rpartition(".")[2].lower()
    media_type = image.media_type or _TYPES.get(suffix)
    typed = {} if media_type is None else {"mimeType": media_type}
    return {"fileData": {"fileUri": image.url, **typed}}


def _data(image: Image, at: str) -> dict[str, Any]:
    if image.media_type is None or image.data is None:
        raise Inexpressible(at, "an image needs data with its media type here")
    return {"mimeType": image.media_type, "data": image.data}


def _response(result: ToolResult, at: str) -> dict[str, Any]:
    """Gemini wants an object, and reads ``output`` as what a function gave, ``error`` as why it failed."""
    texts = [part.text for part in result.content if isinstance(part, Text)]
    images = [
        {"inlineData": _data(part, f"{at}.content[{index}]")}
        for index, part in enumerate(result.content)
        if isinstance(part, Image)
    ]
    said: dict[str, Any] = {
        "id": result.id,
        "name": result.name,
        "response": {"error" if result.is_error else "output": "\n".join(texts)},
    }
    return said | {"parts": images} if images else said
