"""The tool calls of a Chat Completions answer, put together from the pieces in which servers send them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.drivers.calls.chat_shapes import ToolCallDelta, ToolFunction
from domain.call import ArgumentsCame, CallEvent, ToolUseBegan


@dataclass(slots=True)
class _ToolCall:
    id: str | None = None
    signature: str | None = None
    index: int | None = None  # None: its name has not come
    early_arguments: list[str] = field(default_factory=list)


class ToolCalls:
    """The calls of one answer. ``answer_id`` makes ids for calls that a server gives none."""

    def __init__(self) -> None:
        self.answer_id: str | None = None
        self._calls: list[_ToolCall] = []
        self._by_vendor_index: dict[int, _ToolCall] = {}
        self.count = 0

    @property
    def has_nameless(self) -> bool:
        """Whether a call came without a name."""
        return self.count < len(self._calls)

    def add(self, delta: ToolCallDelta) -> Iterator[CallEvent]:
        """What one piece adds."""
        function = delta.function or ToolFunction()
        call = self._call_of(delta, function)
        call.id = call.id or delta.id
        call.signature = call.signature or _signature(delta.extra_content)
        if call.index is None:
            if function.arguments:
                call.early_arguments.append(function.arguments)
            if function.name:
                yield from self._begin(call, function.name)
        elif function.arguments:
            yield ArgumentsCame(call.index, function.arguments)

    def _begin(self, call: _ToolCall, name: str) -> Iterator[CallEvent]:
        call.index = self.count
        self.count += 1
        call.id = call.id or self._made_id(call.index)
        yield ToolUseBegan(call.index, call.id, name, call.signature)
        for text in call.early_arguments:
            yield ArgumentsCame(call.index, text)

    def _call_of(self, delta: ToolCallDelta, function: ToolFunction) -> _ToolCall:
        """The call that a piece belongs to. Some servers number none of them, and some number all with 0."""
        last = self._calls[-1] if self._calls else None
        known = last if delta.index is None else self._by_vendor_index.get(delta.index)
        if known is None or _is_another(known, delta, function):
            known = _ToolCall()
            self._calls.append(known)
        if delta.index is not None:
            self._by_vendor_index[delta.index] = known
        return known

    def _made_id(self, index: int) -> str:
        """The same for the same answer; within the 40 characters that OpenAI takes."""
        digest = hashlib.sha256(f"{self.answer_id}:{index}".encode("utf-8", "surrogatepass"))
        return f"call_{digest.hexdigest()[:24]}"


def _is_another(known: _ToolCall, delta: ToolCallDelta, function: ToolFunction) -> bool:
    if delta.id and known.id:
        return delta.id != known.id
    # Without ids, a second name begins a second call, unless pieces are numbered.
    return delta.index is None and known.index is not None and bool(function.name)


def _signature(extra: object) -> str | None:
    google = extra.get("google") if isinstance(extra, dict) else None
    signature = google.get("thought_signature") if isinstance(google, dict) else None
    return signature if isinstance(signature, str) else None
