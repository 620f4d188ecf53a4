"""The parts of one of Gemini's answers: texts, thoughts, and functions asked for.

https://ai.google.dev/gemini-api/docs/thought-signatures
"""

import hashlib
from collections.abc import Iterator

from adapters.drivers.calls.failures import malformed
from adapters.drivers.calls.generate_shapes import ContentPart, FunctionCall
from domain.call import (
    ArgumentsCame,
    Broke,
    CallEvent,
    ReasoningCame,
    ReasoningEnded,
    TextCame,
    ToolUseBegan,
)
from domain.conversation import Protocol

_MEDIA = Broke(
    "unsupported",
    "the model answers with media, which Keyroll's protocols cannot carry; choose another model",
)


class Parts:
    """Knows the thoughts that have not ended, and how many functions were asked for.

    ``answer_id`` makes ids for calls that Gemini gives none.
    """

    def __init__(self) -> None:
        self.answer_id: str | None = None
        self.tools = 0
        self._blocks = 0
        self._thoughts: list[str] = []
        self._signature: str | None = None

    def add(self, part: ContentPart) -> Iterator[CallEvent]:
        """What one part adds."""
        if part.thought:
            yield from self._think(part)
        elif part.function_call is not None:
            yield from self.end()
            yield from self._ask(part.function_call, part.thought_signature)
        elif part.inline_data is not None:
            yield _MEDIA
        else:
            yield from self._speak(part)

    def end(self) -> Iterator[CallEvent]:
        """The thoughts end, if there are any."""
        if self._thoughts or self._signature:
            yield self._ended("".join(self._thoughts), self._signature)
            self._thoughts.clear()
            self._signature = None

    def _think(self, part: ContentPart) -> Iterator[CallEvent]:
        self._signature = part.thought_signature or self._signature
        if part.text:
            self._thoughts.append(part.text)
            yield ReasoningCame(self._blocks, part.text)

    def _speak(self, part: ContentPart) -> Iterator[CallEvent]:
        if part.text:
            yield from self.end()
            yield TextCame(part.text)
        if part.thought_signature:
            yield from self.end()
            yield self._ended("", part.thought_signature)

    def _ended(self, text: str, signature: str | None) -> ReasoningEnded:
        self._blocks += 1
        return ReasoningEnded(self._blocks - 1, text, Protocol.GENERATE_CONTENT, signature)

    def _ask(self, call: FunctionCall, signature: str | None) -> Iterator[CallEvent]:
        if call.name:
            arguments = bytes(call.args).decode()
            index, self.tools = self.tools, self.tools + 1
            call_id = call.id or self._made_id(index, call.name, arguments)
            yield ToolUseBegan(index, call_id, call.name, signature)
            yield ArgumentsCame(index, arguments)
        else:
            yield malformed("it asks for a function without naming it")

    def _made_id(self, index: int, name: str, arguments: str) -> str:
        """The same for the same answer, and another one for another; within the 40 characters of OpenAI."""
        digest = hashlib.sha256(f"{self.answer_id}:{index}:{name}:{arguments}".encode())
        return f"call_{digest.hexdigest()[:24]}"
