"""What Anthropic's Messages answers, streamed or whole, as neutral events.

https://platform.claude.com/docs/en/build-with-claude/streaming, …/handling-stop-reasons
"""

from collections.abc import Iterator, Sequence

import msgspec

from adapters.drivers.calls.failures import broke_by_status, broke_in_stream, malformed
from adapters.drivers.calls.messages_blocks import Blocks
from adapters.drivers.calls.messages_shapes import Delta, MessageUsage, StreamEvent, WholeMessage
from adapters.drivers.calls.sse import ServerSentEvent
from adapters.outbound.vendor_message import error_object, vendor_message
from domain.call import Began, Broke, CallEvent, Ended, RefusalCame, StopReason
from domain.secret import Secret

_EVENT = msgspec.json.Decoder(StreamEvent)
_WHOLE = msgspec.json.Decoder(WholeMessage)

_REASONS = {
    "end_turn": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "pause_turn": StopReason.LENGTH,  # a turn of the vendor's own tools that was cut for its length
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
    "refusal": StopReason.REFUSAL,
}

_STATUS_OF_ERROR = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class MessagesFold:
    """Folds the events of one answer."""

    def __init__(self, secrets: Sequence[Secret] = ()) -> None:
        self._secrets = secrets
        self._blocks = Blocks()
        self._began = False
        self._usage = MessageUsage()
        self._last = Delta()

    def take(self, event: ServerSentEvent) -> Iterator[CallEvent]:
        """See ``StreamFold``."""
        said = _EVENT.decode(event.data)
        if said.type == "error":
            yield self._broke(said.error)
        elif said.type == "message_start" and said.message is not None:
            yield from self._begin(said.message)
        elif said.type.startswith("content_block_") and not self._began:
            yield malformed("it speaks before it begins")
        elif said.type == "content_block_start" and said.content_block is not None:
            yield from self._blocks.start(said.index, said.content_block)
        elif said.type == "content_block_delta" and said.delta is not None:
            yield from self._blocks.add(said.index, said.delta)
        elif said.type == "content_block_stop":
            yield from self._blocks.stop(said.index)
        elif said.type == "message_delta":
            self._usage = self._usage.updated(said.usage or MessageUsage())
            self._last = said.delta or self._last
        elif said.type == "message_stop":
            yield from self._end()

    def end(self) -> Iterator[CallEvent]:
        """See ``StreamFold``. Without a ``message_stop`` it was cut off."""
        yield from ()

    def whole(self, body: bytes) -> Iterator[CallEvent]:
        """An answer in one piece. It raises what ``take`` raises."""
        message = _WHOLE.decode(body)
        if message.error is not None:
            yield self._broke(message.error)
        else:
            yield from self._whole(message)

    def _whole(self, message: WholeMessage) -> Iterator[CallEvent]:
        yield from self._begin(message)
        for index, block in enumerate(message.content or ()):
            yield from self._blocks.start(index, block)
            yield from self._blocks.stop(index)
        self._last = Delta(
            stop_reason=message.stop_reason,
            stop_sequence=message.stop_sequence,
            stop_details=message.stop_details,
        )
        yield from self._end()

    def _begin(self, message: WholeMessage) -> Iterator[CallEvent]:
        self._usage = message.usage or self._usage
        if not self._began:
            self._began = True
            yield Began(message.id, message.model)

    def _end(self) -> Iterator[CallEvent]:
        last = self._last
        if not self._began or last.stop_reason is None:
            yield malformed("it does not say why it ended")
        else:
            reason = _REASONS.get(last.stop_reason, StopReason.END)
            if reason is StopReason.REFUSAL and last.stop_details and last.stop_details.explanation:
                yield RefusalCame(last.stop_details.explanation)
            yield Ended(reason, self._usage.neutral(), last.stop_sequence)

    def _broke(self, error: object) -> Broke:
        document = {"error": error}
        kind = error_object(document).get("type")
        status = _STATUS_OF_ERROR.get(kind, 500) if isinstance(kind, str) else 500
        by_status = broke_by_status(status, document, self._secrets)
        return broke_in_stream(
            vendor_message(document) or "", by_status.kind, by_status.status, self._secrets
        )
