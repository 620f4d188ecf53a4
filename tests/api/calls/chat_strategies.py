"""Calls, at random, that Chat Completions can express in full."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from domain.call import Call, OutputFormat, Thinking
from domain.conversation import (
    Image,
    Message,
    Part,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)

_WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,12}", fullmatch=True)
_BITS = st.booleans() | st.none()
_NUMBERS = st.floats(-2, 2).map(lambda number: round(number, 3)) | st.none()
_SCHEMAS: st.SearchStrategy[Mapping[str, Any]] = st.dictionaries(
    _WORDS, st.recursive(st.integers() | _WORDS | st.none(), lambda inner: st.lists(inner, max_size=3))
)
_DETAILS = st.sampled_from([None, "auto", "low", "high", "original"])
_IMAGES = st.builds(
    Image,
    media_type=st.sampled_from(["image/png", "image/svg+xml"]),
    data=st.from_regex(r"[A-Za-z0-9+/]{1,20}={0,2}", fullmatch=True),
    detail=_DETAILS,
) | st.builds(Image, url=_NAMES.map(lambda name: f"https://example.com/{name}"), detail=_DETAILS)
_TEXTS = st.builds(Text, _WORDS)


def _parts(kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Part, ...]]:
    return st.lists(kinds, min_size=1, max_size=3).map(tuple)


_USES = st.builds(
    ToolUse,
    _NAMES,
    _NAMES,
    _SCHEMAS.map(json.dumps),
    signature=st.none() | _NAMES,
)


@st.composite
def _assistants(draw: st.DrawFn) -> Message:
    """Thoughts, words, then calls: Chat Completions knows no other order."""
    thoughts = draw(st.lists(st.builds(Reasoning, _WORDS, st.just(Protocol.CHAT)), max_size=1))
    words = draw(st.lists(_TEXTS | st.builds(Refusal, _WORDS), max_size=3))
    uses = draw(st.lists(_USES, max_size=3, unique_by=lambda use: use.id))
    return Message(Role.ASSISTANT, (*thoughts, *words, *uses))


@st.composite
def _conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    """Whatever asks for tools is followed by their results."""
    messages = [Message(Role.SYSTEM, draw(_parts(_TEXTS)))]
    for _ in range(draw(st.integers(0, 3))):
        messages.append(Message(Role.USER, draw(_parts(_TEXTS | _IMAGES))))
        messages.append(spoken := draw(_assistants()))
        for part in spoken.parts:
            if isinstance(part, ToolUse):
                answered = tuple(draw(st.lists(_TEXTS, min_size=1, max_size=2)))
                messages.append(Message(Role.TOOL, (ToolResult(part.id, part.name, answered),)))
    return tuple(messages)


_CHOICES = st.sampled_from([ToolChoice("auto"), ToolChoice("none"), ToolChoice("required")]) | st.builds(
    ToolChoice, st.just("named"), _NAMES
)

calls: st.SearchStrategy[Call] = st.builds(
    Call,
    messages=_conversations(),
    tools=st.lists(st.builds(Tool, _NAMES, st.none() | _WORDS, _SCHEMAS, _BITS), max_size=3).map(tuple),
    tool_choice=st.none() | _CHOICES,
    parallel_tool_calls=_BITS,
    max_output_tokens=st.none() | st.integers(1, 10**6),
    temperature=_NUMBERS,
    top_p=_NUMBERS,
    stop=st.lists(_WORDS, max_size=4).map(tuple),
    seed=st.none() | st.integers(-(2**63), 2**63 - 1),
    presence_penalty=_NUMBERS,
    frequency_penalty=_NUMBERS,
    output_format=st.none()
    | st.just(OutputFormat())
    | st.builds(OutputFormat, _SCHEMAS, _NAMES, _BITS, st.none() | _WORDS),
    thinking=st.none() | st.builds(Thinking, effort=st.sampled_from(["none", "low", "high", "max"])),
    user=st.none() | _WORDS,
    stream=st.booleans(),
)
