"""What a driver's table of cases is made of, and the tools that test_contract.py holds it to the rules with.

Each driver has a table beside this file (chat_cases.py, …) with a ``Table`` named ``TABLE``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.drivers.calls.driver import CallDriver, CallModel, EventReader
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    Call,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    TextCame,
    ToolUseBegan,
)
from domain.secret import Secret

KEY = Secret("sk-planted-0123456789abcdef")

ANSWERS = (
    "text",
    "text in many scripts",
    "a tool",
    "parallel tools",
    "reasoning, then tools",
    "structured output",
    "refusal",
    "length",
    "stop sequence",
    "content filter",
    "cached and reasoning tokens",
    "broken off by the vendor",
)
REQUESTS = (
    "text",
    "every sampling field",
    "images",
    "tools",
    "tool results",
    "tool results with images",
    "structured output",
    "effort",
    "budget",
    "reasoning loop",
    "another protocol's reasoning",
    "stream",
)
FAILURES = ("bad request", "bad key", "rate limit", "quota", "overload")


@dataclass(frozen=True)
class Answer:
    """One answer of a vendor, streamed and whole. ``whole`` None: it only happens in streams."""

    stream: bytes
    events: tuple[CallEvent, ...]
    whole: bytes | None = None


@dataclass(frozen=True)
class Request:
    """A call and the body that it becomes; or, as ``refused``, the neutral field that cannot be expressed."""

    call: Call
    body: Mapping[str, Any] | None = None
    refused: str | None = None
    model: CallModel = field(default_factory=lambda: CallModel("m-1"))
    headers: Mapping[str, str] = field(default_factory=dict)  # those that must be there, besides the key's


@dataclass(frozen=True)
class Failure:
    """An error answer and the kind and status that it becomes."""

    status: int
    body: bytes
    kind: str
    fitting: int


@dataclass(frozen=True)
class Table:
    """One driver's cases by name. What its protocol cannot do at all stands in ``lacks``, with the reason."""

    driver: CallDriver
    base_url: str
    answers: Mapping[str, Answer]
    requests: Mapping[str, Request]
    failures: Mapping[str, Failure]
    lacks: Mapping[str, str] = field(default_factory=dict)


def sse(*data: object, name: str | None = None) -> bytes:
    """Server-sent events with these JSON values, or strings as they are."""
    head = f"event: {name}\n" if name else ""
    texts = (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in data)
    return b"".join(f"{head}data: {text}\n\n".encode() for text in texts)


def read(reader: EventReader, pieces: Iterable[bytes]) -> list[CallEvent]:
    """All that a reader makes of these pieces and their end."""
    events: list[CallEvent] = []
    for piece in pieces:
        events.extend(reader.feed(piece))
    events.extend(reader.end())
    return events


def joined(events: Iterable[CallEvent]) -> list[CallEvent]:
    """The same with neighbouring pieces of one text put together, as no rule says how vendors cut them."""
    result: list[CallEvent] = []
    for event in events:
        if both := _together(result[-1], event) if result else None:
            result[-1] = both
        else:
            result.append(event)
    return result


def _together(first: CallEvent, second: CallEvent) -> CallEvent | None:
    match first, second:
        case TextCame(one), TextCame(other):
            return TextCame(one + other)
        case RefusalCame(one), RefusalCame(other):
            return RefusalCame(one + other)
        case ReasoningCame(index, one), ReasoningCame(again, other) if index == again:
            return ReasoningCame(index, one + other)
        case ArgumentsCame(index, one), ArgumentsCame(again, other) if index == again:
            return ArgumentsCame(index, one + other)
    return None


def ends_once(events: list[CallEvent]) -> bool:
    """Exactly one end, and it is the last."""
    finals = [event for event in events if isinstance(event, Ended | Broke)]
    return len(finals) == 1 and events[-1] is finals[0]


def check_order(events: list[CallEvent]) -> None:
    """Began first and once, calls numbered from 0, arguments and ends of thoughts for what has begun."""
    assert ends_once(events)
    assert [isinstance(event, Began) for event in events[:-1]] == [not at for at in range(len(events) - 1)]
    calls = 0
    thoughts: dict[int, str] = {}
    for event in events:
        match event:
            case ToolUseBegan(index):
                assert index == calls
                calls += 1
            case ArgumentsCame(index):
                assert index < calls
            case ReasoningCame(index, text):
                thoughts[index] = thoughts.get(index, "") + text
            case ReasoningEnded(index, text):
                assert text == thoughts.get(index, text)
            case _:
                pass


def odd_variants(document: object) -> Iterator[object]:
    """The document with each of its values in turn replaced by others, or left out."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield {key: kept for key, kept in document.items() if key != name}
            for odd in (*_ODD, *odd_variants(value)):
                yield document | {name: odd}
    elif isinstance(document, list):
        yield []
        for index, value in enumerate(document):
            for odd in (*_ODD, *odd_variants(value)):
                yield [*document[:index], odd, *document[index + 1 :]]


_ODD: tuple[object, ...] = (None, 0, -1.5, True, "x", "", [], {}, [None], {"x": None})
