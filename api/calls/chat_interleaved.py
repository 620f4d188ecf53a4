"""What an assistant said, in the order in which it came: thoughts among words and calls of tools.

A message of Chat Completions has one place for each, so a block of thoughts says how far the others had come
before it. A vendor that interleaves them wants them back in their order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from domain.conversation import Part, Reasoning, Text

Named: TypeAlias = tuple[Part, str]
"""A part, and what the caller calls it."""


class Thought(NamedTuple):
    """A block of thoughts, what the caller calls it, and the characters and calls that came before it."""

    part: Reasoning
    field: str
    after_text: int = 0
    after_calls: int = 0


def interleaved(
    thoughts: Sequence[Thought], words: Sequence[Named], calls: Sequence[Named]
) -> Iterator[Named]:
    """All parts in their order; thoughts that say nothing of it come first."""
    words, calls = list(words), list(calls)
    told = called = 0
    for thought in thoughts:
        yield from _taken(words, thought.after_text - told)
        told = max(told, thought.after_text)
        more = max(0, thought.after_calls - called)
        yield from calls[:more]
        del calls[:more]
        called += more
        yield thought.part, thought.field
    yield from words
    yield from calls


def _taken(words: list[Named], length: int) -> Iterator[Named]:
    """Take so many characters of text away from the front."""
    while length > 0 and words:
        part, field = words[0]
        if not isinstance(part, Text):
            return
        if len(part.text) <= length:
            yield words.pop(0)
        else:
            yield Text(part.text[:length]), field
            words[0] = Text(part.text[length:]), field
        length -= len(part.text)
