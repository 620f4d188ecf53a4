"""What is said in a call, in one form for all vendors: messages of parts, and tools."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias


class Role(StrEnum):
    """Who speaks. ``SYSTEM`` stands for the developer too: vendors have one place for both."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Protocol(StrEnum):
    """A vendor's way of being called."""

    RESPONSES = "responses"
    CHAT = "chat"
    MESSAGES = "messages"
    GENERATE_CONTENT = "generate_content"
    SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The words with which a model declines."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: at a URL that the vendor fetches, or as data.

    Attributes:
        url: where it is; None if it comes as data.
        media_type: of the data, as ``image/png``.
        data: the bytes in base64.
        detail: how closely to look, where a protocol can say so.
    """

    url: str | None = None
    media_type: str | None = None
    data: str | None = None
    detail: Literal["auto", "low", "high", "original"] | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a model thought before it spoke; it goes back unchanged, in its place, in a loop of tool calls.

    Attributes:
        text: the thoughts, or their summary; empty where the vendor keeps them to itself.
        protocol: whose it is. Another one has no use for it and cannot check it, so it is left out there.
        signature: what the vendor recognizes its own thoughts by, or their encrypted form; opaque.
        redacted: the vendor shows no text of this one (Anthropic's ``redacted_thinking``).
        id: the vendor's id of it.
    """

    text: str
    protocol: Protocol
    signature: str | None = None
    redacted: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A model asks for a tool.

    Attributes:
        id: ties the result to it.
        name: of the tool.
        arguments: a JSON text, as the model wrote it.
        signature: the thought that led to it (Gemini's ``thoughtSignature``); opaque, goes back unchanged.
    """

    id: str
    name: str
    arguments: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered. ``name`` is that of the call it answers, because Gemini asks for it."""

    id: str
    name: str
    content: tuple[Text | Image, ...]
    is_error: bool = False


Part: TypeAlias = Text | Refusal | Image | Reasoning | ToolUse | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: its parts in their order."""

    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask for; ``parameters`` is a JSON Schema."""

    name: str
    description: str | None
    parameters: Mapping[str, Any]
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether tools are used. ``name``: exactly that one must be."""

    mode: Literal["auto", "none", "required", "named"]
    name: str | None = None
