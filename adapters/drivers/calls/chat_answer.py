"""What Chat Completions answers, streamed or whole, as neutral events.

https://platform.openai.com/docs/api-reference/chat-streaming, and what compatible servers do differently:
errors inside a stream of status 200, no ``[DONE]``, thoughts as ``reasoning_content`` (DeepSeek, vLLM) or
``reasoning`` (OpenRouter, Ollama), content as a list of parts (Mistral), usage with every chunk (vLLM).
"""

from collections.abc import Iterator, Sequence

import msgspec

from adapters.drivers.calls.chat_errors import broke_of
from adapters.drivers.calls.chat_shapes import Choice, Completion, Delta
from adapters.drivers.calls.chat_tools import ToolCalls
from adapters.drivers.calls.failures import malformed
from adapters.drivers.calls.sse import ServerSentEvent
from domain.call import (
    Began,
    Broke,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    Usage,
)
from domain.conversation import Protocol
from domain.secret import Secret

_DONE = b"[DONE]"
_COMPLETION = msgspec.json.Decoder(Completion)

_REASONS = {
    "length": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,  # Mistral: the context window is full
    "tool_calls": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
    "content_filter": StopReason.CONTENT_FILTER,
}
_INTERRUPTED = frozenset({"error", "abort", "insufficient_system_resource"})  # OpenRouter, vLLM, DeepSeek


class ChatFold:
    """Folds the chunks of one answer; a whole answer is read as one chunk."""

    def __init__(self, secrets: Sequence[Secret] = ()) -> None:
        self._secrets = secrets
        self._began: Began | None = None
        self._thoughts: list[str] = []
        self._blocks = 0
        self._tools = ToolCalls()
        self._refused = False
        self._reason: str | None = None
        self._stop_sequence: str | None = None
        self._usage = Usage()

    def take(self, event: ServerSentEvent) -> Iterator[CallEvent]:
        """See ``StreamFold``."""
        if event.data.strip() != _DONE:
            yield from self._add(_COMPLETION.decode(event.data))
        elif self._began is not None:
            self._reason = self._reason or "stop"  # a server that says it is done without saying why
            yield from self.end()

    def end(self) -> Iterator[CallEvent]:
        """See ``StreamFold``. Servers leave ``[DONE]`` out: a reason to stop is an end as good."""
        if self._reason is None:
            return
        yield from self._end_thoughts()
        if self._tools.has_nameless:
            yield malformed("it asks for a tool without naming it")
        elif self._reason in _INTERRUPTED:
            yield Broke("vendor_error", f"the provider broke the answer off ({self._reason}); try again")
        else:
            yield Ended(self._stop_reason(self._reason), self._usage, self._stop_sequence)

    def whole(self, body: bytes) -> Iterator[CallEvent]:
        """What a whole answer says. Raises what ``take`` does."""
        yield from self._add(_COMPLETION.decode(body))
        yield from self.end()

    def _add(self, chunk: Completion) -> Iterator[CallEvent]:
        broke = broke_of(chunk, self._secrets)
        return iter((broke,)) if broke else self._read(chunk)

    def _read(self, chunk: Completion) -> Iterator[CallEvent]:
        if self._began is None:
            self._began = Began(chunk.id, chunk.model)
            self._tools.answer_id = chunk.id
            yield self._began
        if chunk.usage is not None:
            self._usage = chunk.usage.neutral()
        for choice in chunk.choices or ():
            if choice.index == 0:
                yield from self._choose(choice)
        if chunk.usage is not None and not chunk.choices:
            yield from self.end()  # the documented last chunk; a server may keep the connection open

    def _choose(self, choice: Choice) -> Iterator[CallEvent]:
        delta = choice.delta or choice.message
        if delta is not None:
            yield from self._say(delta)
        if choice.finish_reason is not None:
            yield from self._end_thoughts()
            self._reason = choice.finish_reason
            if isinstance(choice.stop_reason, str):
                self._stop_sequence = choice.stop_reason

    def _say(self, delta: Delta) -> Iterator[CallEvent]:
        for text in delta.thoughts():
            self._thoughts.append(text)
            yield ReasoningCame(self._blocks, text)
        for text in delta.texts():
            yield from self._end_thoughts()
            yield TextCame(text)
        if delta.refusal:
            yield from self._end_thoughts()
            self._refused = True
            yield RefusalCame(delta.refusal)
        for call in delta.tool_calls or ():
            yield from self._end_thoughts()
            yield from self._tools.add(call)

    def _end_thoughts(self) -> Iterator[CallEvent]:
        if self._thoughts:
            yield ReasoningEnded(self._blocks, "".join(self._thoughts), Protocol.CHAT)
            self._thoughts.clear()
            self._blocks += 1

    def _stop_reason(self, said: str) -> StopReason:
        if self._refused:
            return StopReason.REFUSAL
        if said in _REASONS:
            return _REASONS[said]
        if self._tools.count:
            return StopReason.TOOL_USE  # several servers say "stop" here
        return StopReason.STOP_SEQUENCE if self._stop_sequence else StopReason.END
