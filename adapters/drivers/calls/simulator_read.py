"""What the simulator takes in of a call."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Final, assert_never

from domain.call import Call
from domain.conversation import Image, Message, Part, Reasoning, Refusal, Role, Text, ToolResult, ToolUse

TOKENS_OF_AN_IMAGE: Final = 100
"""What an image counts; a word counts one."""

_WORDS: Final = re.compile(r"\S+")


def last_words(call: Call) -> str:
    """What the user said last; images by their kind or address."""
    spoken = next((message for message in reversed(call.messages) if message.role is Role.USER), None)
    return "" if spoken is None else " ".join(filter(None, map(_shown, spoken.parts)))


def results(call: Call) -> list[str]:
    """What the tools have answered since the model's last turn, one line each."""
    back = takewhile(lambda message: message.role is Role.TOOL, reversed(call.messages))
    return [
        f"{part.name} {'failed' if part.is_error else 'answered'}: {' '.join(map(_shown, part.content))}"
        for message in reversed(list(back))
        for part in message.parts
        if isinstance(part, ToolResult)
    ]


def uses_so_far(call: Call) -> int:
    """How many tools were asked for in the conversation."""
    return sum(isinstance(part, ToolUse) for message in call.messages for part in message.parts)


def read_tokens(call: Call) -> int:
    """How many tokens the call has: its words and images."""
    return sum(sum(_tokens(message)) for message in call.messages)


def _tokens(message: Message) -> Iterator[int]:
    for part in message.parts:
        for piece in part.content if isinstance(part, ToolResult) else (part,):
            yield TOKENS_OF_AN_IMAGE if isinstance(piece, Image) else len(_WORDS.findall(_shown(piece)))


def _shown(part: Part) -> str:
    match part:
        case Text() | Refusal() | Reasoning():
            return part.text
        case Image():
            return f"[{part.url or part.media_type or 'image'}]"
        case ToolUse():
            return f"{part.name} {part.arguments}"
        case ToolResult():
            return " ".join(map(_shown, part.content))
        case _:
            assert_never(part)
