"""What Gemini's generateContent answers, streamed or whole, as neutral events.

https://ai.google.dev/api/generate-content#FinishReason. A stream has no mark of its end: one that ends before
it says why the model stopped was cut off.
"""

from collections.abc import Iterator, Sequence

import msgspec

from adapters.drivers.calls.failures import broke_by_status, broke_in_stream
from adapters.drivers.calls.generate_parts import Parts
from adapters.drivers.calls.generate_shapes import Candidate, Chunk, UsageMetadata
from adapters.drivers.calls.sse import ServerSentEvent
from adapters.outbound.vendor_message import error_object, vendor_message
from domain.call import Began, Broke, CallEvent, Ended, StopReason
from domain.secret import Secret

_CHUNKS = msgspec.json.Decoder(Chunk | list[Chunk])  # Google wraps an error in an array at times
_STATUSES = range(400, 600)

_FILTERED = frozenset(
    {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}
    | {"IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"}
)
_MISSHAPEN = frozenset(
    {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"}
    | {"MISSING_THOUGHT_SIGNATURE"}
)


class GenerateContentFold:
    """Folds the chunks of one answer; a whole answer is one chunk."""

    def __init__(self, secrets: Sequence[Secret] = ()) -> None:
        self._secrets = secrets
        self._began = False
        self._parts = Parts()
        self._usage = UsageMetadata()
        self._blocked = False
        self._finish: Candidate | None = None

    def take(self, event: ServerSentEvent) -> Iterator[CallEvent]:
        """See ``StreamFold``."""
        yield from self._add(event.data)

    def end(self) -> Iterator[CallEvent]:
        """See ``StreamFold``."""
        if self._finish is not None:
            yield from self._parts.end()
            yield self._final(self._finish)
        elif self._blocked:
            yield Ended(StopReason.CONTENT_FILTER, self._usage.neutral())

    def whole(self, body: bytes) -> Iterator[CallEvent]:
        """An answer in one piece. It raises what ``take`` raises."""
        yield from self._add(body)
        yield from self.end()

    def _add(self, document: bytes) -> Iterator[CallEvent]:
        said = _CHUNKS.decode(document)
        for chunk in said if isinstance(said, list) else [said]:
            if chunk.error is not None:
                yield self._broke({"error": chunk.error})
            else:
                yield from self._chunk(chunk)

    def _chunk(self, chunk: Chunk) -> Iterator[CallEvent]:
        if not self._began:
            self._began = True
            self._parts.answer_id = chunk.response_id
            yield Began(chunk.response_id, chunk.model_version)
        self._usage = chunk.usage_metadata or self._usage
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason:
            self._blocked = True
        for candidate in chunk.candidates or ():
            if candidate.index == 0:
                for part in (candidate.content and candidate.content.parts) or ():
                    yield from self._parts.add(part)
                if candidate.finish_reason:
                    self._finish = candidate

    def _final(self, last: Candidate) -> Ended | Broke:
        """Gemini does not tell a stop sequence from an end, nor an end from the wish for a tool."""
        usage = self._usage.neutral()
        reason = last.finish_reason
        if reason == "STOP":
            return Ended(StopReason.TOOL_USE if self._parts.tools else StopReason.END, usage)
        if reason == "MAX_TOKENS":
            return Ended(StopReason.LENGTH, usage)
        if reason in _FILTERED:
            return Ended(StopReason.CONTENT_FILTER, usage)
        kind = "malformed" if reason in _MISSHAPEN else "vendor_error"
        words = f"{reason}: {last.finish_message}" if last.finish_message else str(reason)
        return broke_in_stream(words, kind, 502, self._secrets)

    def _broke(self, document: dict[str, object]) -> Broke:
        code = error_object(document).get("code")
        status = code if isinstance(code, int) and code in _STATUSES else 500
        by_status = broke_by_status(status, document, self._secrets)
        words = vendor_message(document) or ""
        return broke_in_stream(words, by_status.kind, by_status.status, self._secrets)
