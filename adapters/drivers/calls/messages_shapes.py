"""The parts of Anthropic's answers that Keyroll reads; all else is passed over.

https://platform.claude.com/docs/en/api/messages, …/build-with-claude/streaming
"""

import msgspec

from domain.call import Usage


class OutputDetails(msgspec.Struct):
    """Of the tokens that came out."""

    thinking_tokens: int | None = None


class MessageUsage(msgspec.Struct):
    """Tokens as Anthropic counts them: what the cache gave and took is not within ``input_tokens``."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None

    def updated(self, later: "MessageUsage") -> "MessageUsage":
        """The same with what a later event says; its counts are of the whole answer so far."""
        news = {name: value for name, value in msgspec.structs.asdict(later).items() if value is not None}
        return msgspec.structs.replace(self, **news)

    def neutral(self) -> Usage:
        """The same in the neutral form."""
        details = self.output_tokens_details or OutputDetails()
        parts = (self.input_tokens, self.cache_creation_input_tokens, self.cache_read_input_tokens)
        return Usage(
            input=None if self.input_tokens is None else sum(part or 0 for part in parts),
            output=self.output_tokens,
            cached_input=self.cache_read_input_tokens,
            cache_write=self.cache_creation_input_tokens,
            reasoning=details.thinking_tokens,
        )


class StopDetails(msgspec.Struct):
    """Why it refused, in words for people."""

    explanation: str | None = None


class Block(msgspec.Struct):
    """One block of the content, whole or at its start."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"{}")


class Delta(msgspec.Struct):
    """What an event adds to a block, or to the message."""

    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    signature: str | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None


class WholeMessage(msgspec.Struct):
    """An answer in one piece, the beginning of a streamed one, or an error in their place."""

    id: str | None = None
    model: str | None = None
    content: list[Block] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None
    usage: MessageUsage | None = None
    error: object = None


class StreamEvent(msgspec.Struct):
    """One event of a stream."""

    type: str
    index: int = 0
    message: WholeMessage | None = None
    content_block: Block | None = None
    delta: Delta | None = None
    usage: MessageUsage | None = None
    error: object = None
