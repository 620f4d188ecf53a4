"""The items of a Responses answer as neutral events, however much of them comes in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from adapters.drivers.calls.responses_shapes import (
    FunctionCallItem,
    ItemEvent,
    Kind,
    MessageItem,
    ReasoningItem,
)
from domain.call import (
    ArgumentsCame,
    CallEvent,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    TextCame,
    ToolUseBegan,
)
from domain.conversation import Protocol

_PARTS_APART = "\n\n"
_KIND = msgspec.json.Decoder(Kind | None)
_MESSAGE = msgspec.json.Decoder(MessageItem)
_FUNCTION_CALL = msgspec.json.Decoder(FunctionCallItem)
_REASONING = msgspec.json.Decoder(ReasoningItem)


@dataclass(slots=True)
class _Item:
    number: int = 0  # among the calls, or among the blocks of thoughts
    begun: bool = False
    told: bool = False  # some of its content came in pieces, so all of it did
    done: bool = False
    part: tuple[int, int] | None = None
    thoughts: list[str] = field(default_factory=list)


class Output:
    """One answer's items, by their places in it. Items of unknown types are passed over."""

    def __init__(self) -> None:
        self.tools = 0
        self.refused = False
        self._blocks = 0
        self._items: dict[int, _Item] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing of any item has come."""
        return not self._items

    def added(self, event: ItemEvent) -> Iterator[CallEvent]:
        """An item begins."""
        item = self._at(event)
        match _kind(event.item):
            case "function_call":
                yield from self._begin_call(item, _FUNCTION_CALL.decode(event.item))
            case "reasoning":
                self._begin_block(item)

    def text(self, event: ItemEvent) -> Iterator[CallEvent]:
        """More words."""
        self._at(event).told = True
        if event.delta:
            yield TextCame(event.delta)

    def refusal(self, event: ItemEvent) -> Iterator[CallEvent]:
        """More words of a refusal."""
        self._at(event).told = True
        if event.delta:
            self.refused = True
            yield RefusalCame(event.delta)

    def thought(self, event: ItemEvent) -> Iterator[CallEvent]:
        """More thoughts, or more of their summary."""
        item = self._at(event)
        self._begin_block(item)
        item.told = True
        part = (event.content_index, event.summary_index)
        apart = _PARTS_APART if item.thoughts and item.part != part else ""
        item.part = part
        if event.delta:
            item.thoughts.append(apart + event.delta)
            yield ReasoningCame(item.number, apart + event.delta)

    def arguments(self, event: ItemEvent) -> Iterator[CallEvent]:
        """More of a call's arguments. A call that has not begun comes whole when it is done."""
        item = self._at(event)
        if item.begun and event.delta:
            item.told = True
            yield ArgumentsCame(item.number, event.delta)

    def done(self, event: ItemEvent) -> Iterator[CallEvent]:
        """An item is whole: what of it did not come in pieces comes now."""
        item = self._at(event)
        if item.done:
            return
        item.done = True
        match _kind(event.item):
            case "message":
                yield from self._rest_of_message(item, _MESSAGE.decode(event.item))
            case "function_call":
                call = _FUNCTION_CALL.decode(event.item)
                yield from self._begin_call(item, call)
                if call.arguments and not item.told:
                    yield ArgumentsCame(item.number, call.arguments)
            case "reasoning":
                self._begin_block(item)
                yield from self._end_block(item, _REASONING.decode(event.item))

    def _at(self, event: ItemEvent) -> _Item:
        return self._items.setdefault(event.output_index, _Item())

    def _begin_call(self, item: _Item, call: FunctionCallItem) -> Iterator[CallEvent]:
        if not item.begun:
            item.begun, item.number = True, self.tools
            self.tools += 1
            yield ToolUseBegan(item.number, call.call_id, call.name)

    def _begin_block(self, item: _Item) -> None:
        if not item.begun:
            item.begun, item.number = True, self._blocks
            self._blocks += 1

    def _end_block(self, item: _Item, reasoning: ReasoningItem) -> Iterator[CallEvent]:
        text = "".join(item.thoughts)
        if not item.told and (text := _PARTS_APART.join(reasoning.texts())):
            yield ReasoningCame(item.number, text)
        if text or reasoning.encrypted_content:
            yield ReasoningEnded(
                item.number,
                text,
                Protocol.RESPONSES,
                signature=reasoning.encrypted_content,
                id=reasoning.id,
            )

    def _rest_of_message(self, item: _Item, message: MessageItem) -> Iterator[CallEvent]:
        for piece in () if item.told else message.content or ():
            if piece.text:
                yield TextCame(piece.text)
            if piece.refusal:
                self.refused = True
                yield RefusalCame(piece.refusal)


def _kind(item: msgspec.Raw) -> str | None:
    said = _KIND.decode(item)  # servers begin an item with null where they cannot tell it yet
    return None if said is None else said.type
