"""The content blocks of one of Anthropic's answers, each from its start to its stop."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.drivers.calls.failures import malformed
from adapters.drivers.calls.messages_shapes import Block, Delta
from domain.call import ArgumentsCame, CallEvent, ReasoningCame, ReasoningEnded, TextCame, ToolUseBegan
from domain.conversation import Protocol


@dataclass(slots=True)
class _Open:
    """A block that has not stopped. ``number`` is its place among the blocks of its kind."""

    block: Block
    number: int
    texts: list[str] = field(default_factory=list)
    signature: str | None = None


class Blocks:
    """Knows which blocks are open. Kinds that Keyroll never asks for are passed over."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}
        self._thoughts = 0
        self._tools = 0

    def start(self, index: int, block: Block) -> Iterator[CallEvent]:
        """A block begins, or is there whole."""
        match block.type:
            case "text":
                self._open[index] = _Open(block, 0)
            case "thinking" | "redacted_thinking":
                self._open[index] = _Open(block, self._thoughts)
                self._thoughts += 1
            case "tool_use":
                self._open[index] = _Open(block, self._tools)
                yield self._begin_tool(block)
            case _:
                return
        beginning = Delta(text=block.text, thinking=block.thinking, signature=block.signature)
        yield from self.add(index, beginning)

    def add(self, index: int, delta: Delta) -> Iterator[CallEvent]:
        """More of a block."""
        opened = self._open.get(index)
        if opened is None:
            return
        if opened.block.type == "text" and delta.text:
            yield TextCame(delta.text)
        elif opened.block.type == "thinking":
            opened.signature = delta.signature or opened.signature
            if delta.thinking:
                opened.texts.append(delta.thinking)
                yield ReasoningCame(opened.number, delta.thinking)
        elif opened.block.type == "tool_use" and delta.partial_json:
            opened.texts.append(delta.partial_json)
            yield ArgumentsCame(opened.number, delta.partial_json)

    def stop(self, index: int) -> Iterator[CallEvent]:
        """A block is whole."""
        opened = self._open.pop(index, None)
        if opened is None:
            return
        block, number = opened.block, opened.number
        if block.type == "thinking":
            yield ReasoningEnded(number, "".join(opened.texts), Protocol.MESSAGES, opened.signature)
        elif block.type == "redacted_thinking":
            yield ReasoningEnded(number, "", Protocol.MESSAGES, block.data, redacted=True)
        elif block.type == "tool_use" and not opened.texts:
            yield ArgumentsCame(number, bytes(block.input).decode())

    def _begin_tool(self, block: Block) -> CallEvent:
        if not block.id or not block.name:
            return malformed("it asks for a tool without naming it")
        self._tools += 1
        return ToolUseBegan(self._tools - 1, block.id, block.name)
