"""Neutral messages as turns of a user and a model, for protocols that know no other roles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from domain.call import Inexpressible
from domain.conversation import (
    Image,
    Message,
    Part,
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


class Placed(NamedTuple):
    """A part, and where it stands in the call, as ``messages[3].parts[0]``."""

    at: str
    part: Part


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says until the other one speaks. Results of tools are the user's to tell."""

    by_model: bool
    parts: list[Placed] = field(default_factory=list)


def system_texts(messages: Sequence[Message]) -> list[str]:
    """What the system says, wherever it stands: these protocols have one place for it, before all turns."""
    parts = [part for message in messages if message.role is Role.SYSTEM for part in message.parts]
    return [part.text for part in parts if isinstance(part, Text) and part.text]


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """The messages without the system's. Neighbours of one side are one turn, and none is empty.

    Raises:
        Inexpressible: a part stands in a message of a role that cannot say it.
    """
    turns: list[Turn] = []
    for index, message in enumerate(messages):
        placed = list(_placed(index, message))
        if message.role is Role.SYSTEM or not placed:
            continue
        by_model = message.role is Role.ASSISTANT
        if not turns or turns[-1].by_model is not by_model:
            turns.append(Turn(by_model))
        turns[-1].parts.extend(placed)
    return turns


def _placed(index: int, message: Message) -> Iterator[Placed]:
    for number, part in enumerate(message.parts):
        at = f"messages[{index}].parts[{number}]"
        if not isinstance(part, _PLACES[message.role]):
            raise Inexpressible(
                at, f"the model's protocol has no place for it in a message by {message.role}"
            )
        yield Placed(at, part)


def arguments_of(use: ToolUse, at: str) -> msgspec.Raw:
    """A tool's arguments as the model wrote them, for protocols that send them as an object.

    Raises:
        Inexpressible: they are no JSON object.
    """
    text = use.arguments.strip() or "{}"
    try:
        is_object = isinstance(msgspec.json.decode(text), dict)
    except (msgspec.MsgspecError, RecursionError):
        is_object = False
    if not is_object:
        raise Inexpressible(
            at, f"the arguments of {use.name} are no JSON object, and this protocol takes no other"
        )
    return msgspec.Raw(text.encode())
