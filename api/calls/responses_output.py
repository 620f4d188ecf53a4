"""Neutral events as the items of an answer."""

from collections.abc import Generator, Iterator
from typing import Any

from api.calls.responses_items import CallItem, Event, OutputItem, Status, ThoughtsItem, WordsItem
from api.calls.responses_reasoning import CallSignature, carried, carried_signature
from domain.call import (
    ArgumentsCame,
    CallEvent,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    TextCame,
    ToolUseBegan,
)
from domain.conversation import Reasoning


class AnswerOutput:
    """One answer's items in their order. ``suffix`` makes their ids."""

    def __init__(self, suffix: str) -> None:
        self.refused = False
        self._suffix = suffix
        self._items: list[OutputItem] = []
        self._open: list[OutputItem] = []
        self._calls: dict[int, CallItem] = {}
        self._thoughts: dict[int, ThoughtsItem] = {}

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The items as they stand."""
        return [item.document for item in self._items]

    def add(self, event: CallEvent) -> Iterator[Event]:
        """What tells the event."""
        match event:
            case TextCame(text):
                words = yield from self._words()
                yield from words.add("output_text", text)
            case RefusalCame(text):
                self.refused = True
                words = yield from self._words()
                yield from words.add("refusal", text)
            case ReasoningCame(index, text):
                thoughts = yield from self._thoughts_at(index)
                yield from thoughts.add(text)
            case ReasoningEnded():
                yield from self._end_thoughts(event)
            case ToolUseBegan():
                yield from self._begin_call(event)
            case ArgumentsCame(index, text):
                if self._calls[index] in self._open:  # after a whole JSON object only blanks can come
                    yield self._calls[index].add(text)

    def end(self, *, complete: bool) -> Iterator[Event]:
        """Nothing more comes. In an answer that is cut short, it is the last item that is not complete."""
        for item in list(self._open):
            is_short = not complete and item is self._items[-1]
            yield from self._end(item, "incomplete" if is_short else "completed")

    def break_off(self) -> None:
        """Nothing more comes, and nothing is told of it: the items under way are not complete."""
        for item in self._open:
            if "status" in item.document:
                item.document["status"] = "incomplete"

    def _begin(self, item: OutputItem) -> Iterator[Event]:
        """Items come one after the other, but pieces of several calls or thoughts may be mixed."""
        for earlier in list(self._open):
            if isinstance(earlier, WordsItem) or (isinstance(earlier, CallItem) and earlier.is_whole):
                yield from self._end(earlier, "completed")
        self._items.append(item)
        self._open.append(item)
        yield item.begin()

    def _end(self, item: OutputItem, status: Status) -> Iterator[Event]:
        self._open.remove(item)
        yield from item.end(status)

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self._suffix}{len(self._items):02x}"

    def _words(self) -> Generator[Event, None, WordsItem]:
        last = self._items[-1] if self._items else None
        if isinstance(last, WordsItem):
            return last
        words = WordsItem(len(self._items), self._id("msg"))
        yield from self._begin(words)
        return words

    def _thoughts_at(self, index: int) -> Generator[Event, None, ThoughtsItem]:
        known = self._thoughts.get(index)
        if known is None:
            known = self._thoughts[index] = ThoughtsItem(len(self._items), self._id("rs"))
            yield from self._begin(known)
        return known

    def _end_thoughts(self, ended: ReasoningEnded) -> Iterator[Event]:
        thoughts = yield from self._thoughts_at(ended.index)
        if ended.text and not thoughts.has_text:
            yield from thoughts.add(ended.text)
        was = Reasoning(ended.text, ended.protocol, ended.signature, ended.redacted, ended.id)
        thoughts.keep(carried(was))
        yield from self._end(thoughts, "completed")

    def _begin_call(self, began: ToolUseBegan) -> Iterator[Event]:
        if began.signature is not None:
            # The thought that led to the call: callers send reasoning items back, and no unknown fields.
            thought = ThoughtsItem(len(self._items), self._id("rs"))
            yield from self._begin(thought)
            thought.keep(carried_signature(CallSignature(began.id, began.signature)))
            yield from self._end(thought, "completed")
        call = CallItem(len(self._items), self._id("fc"), began.id, began.name)
        self._calls[began.index] = call
        yield from self._begin(call)
