"""A call to a model, and what comes back, in one form for all vendors."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

from domain.conversation import Message, Protocol, Tool, ToolChoice

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True)
class Thinking:
    """How much thought a call asks for: an effort, or a budget in tokens; at most one of them.

    ``summary`` asks to be shown the thoughts.
    """

    effort: Effort | None = None
    budget: int | None = None
    summary: bool = False


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The form that the answer must have: any JSON object, or one that fits a JSON Schema."""

    schema: Mapping[str, Any] | None = None
    name: str = "answer"
    strict: bool | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an application asks of a model. None: it does not say, and the vendor's own default holds."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    output_format: OutputFormat | None = None
    thinking: Thinking | None = None
    user: str | None = None
    stream: bool = False


class StopReason(StrEnum):
    """Why a model stopped."""

    END = "end"
    LENGTH = "length"
    TOOL_USE = "tool_use"
    STOP_SEQUENCE = "stop_sequence"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. ``input`` counts the cached ones in, ``output`` the reasoning ones; None: nobody says."""

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None


NO_USAGE: Final = Usage()
"""What nobody has counted yet."""


@dataclass(frozen=True, slots=True)
class Began:
    """The vendor took the call."""

    id: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class TextCame:
    """More words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class RefusalCame:
    """More words of a refusal."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningCame:
    """More thoughts. ``index`` tells one block of them from the next."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningEnded:
    """A block of thoughts is whole: what it goes back with. ``text`` is all of it."""

    index: int
    text: str
    protocol: Protocol
    signature: str | None = None
    redacted: bool = False
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolUseBegan:
    """The model begins to ask for a tool. ``index`` tells the calls apart, from 0."""

    index: int
    id: str
    name: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class ArgumentsCame:
    """More of the JSON text of a tool's arguments."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is whole. Nothing comes after it."""

    reason: StopReason
    usage: Usage
    stop_sequence: str | None = None


@dataclass(frozen=True, slots=True)
class Broke:
    """The answer broke off. Nothing comes after it.

    Attributes:
        kind: a word for programs, as ``overloaded``, ``cut_off``, ``malformed``.
        message: what the vendor said or what was wrong, scrubbed of secrets.
        status: the HTTP status that fits it, if it had been known before the first byte.
    """

    kind: str
    message: str
    status: int = 502


CallEvent: TypeAlias = (
    Began
    | TextCame
    | RefusalCame
    | ReasoningCame
    | ReasoningEnded
    | ToolUseBegan
    | ArgumentsCame
    | Ended
    | Broke
)
"""What comes back, in order: one ``Began``, then any of the others, then one ``Ended`` or one ``Broke``."""


class Inexpressible(Exception):
    """The caller asks for what the model's protocol cannot say.

    Args:
        field: the field of the neutral call, as ``messages[3].parts[0]`` or ``seed``.
        reason: why, and what to do, for people.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
