"""The parts of a Responses answer that Keyroll reads; all else is passed over.

https://platform.openai.com/docs/api-reference/responses/object, …/responses-streaming
"""

import typing
from collections.abc import Iterator

import msgspec

from domain.call import Usage

NO_ITEM = msgspec.Raw(b"null")


class Kind(msgspec.Struct):
    """What an item or an event is. Only a known one is looked into: another may have any form."""

    type: str | None = None


class Piece(msgspec.Struct):
    """A part of an item's content."""

    text: str | None = None
    refusal: str | None = None


class MessageItem(msgspec.Struct):
    """Words."""

    content: list[Piece] | None = None


class FunctionCallItem(msgspec.Struct):
    """A tool that is asked for."""

    call_id: str
    name: str
    arguments: str | None = None


class ReasoningItem(msgspec.Struct):
    """Thoughts: OpenAI shows a summary of them, servers of open models the content."""

    id: str | None = None
    content: list[Piece] | None = None
    summary: list[Piece] | None = None
    encrypted_content: str | None = None

    def texts(self) -> Iterator[str]:
        """The texts of all parts that have one."""
        for piece in (*(self.content or ()), *(self.summary or ())):
            if piece.text:
                yield piece.text


class InputDetails(msgspec.Struct):
    """Of the tokens that went in."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(msgspec.Struct):
    """Of the tokens that came out."""

    reasoning_tokens: int | None = None


class ResponseUsage(msgspec.Struct):
    """Tokens, as OpenAI counts them: cached ones within the input's, reasoning within the output's."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None

    def neutral(self) -> Usage:
        """The same in the neutral form."""
        came = self.input_tokens_details or InputDetails()
        went = self.output_tokens_details or OutputDetails()
        return Usage(
            input=self.input_tokens,
            output=self.output_tokens,
            cached_input=came.cached_tokens,
            cache_write=came.cache_write_tokens,
            reasoning=went.reasoning_tokens,
        )


class IncompleteDetails(msgspec.Struct):
    """Why an answer is not complete."""

    reason: str | None = None


class ResponseObject(msgspec.Struct):
    """A whole answer, or what is known of one under way."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[msgspec.Raw] | None = None
    usage: ResponseUsage | None = None
    error: typing.Any = None
    incomplete_details: IncompleteDetails | None = None


class LifeEvent(msgspec.Struct):
    """An event that tells how the answer stands."""

    response: ResponseObject


class ItemEvent(msgspec.Struct):
    """An event about one item: a piece of it, or, when it begins and ends, the item itself."""

    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    delta: str = ""
    item: msgspec.Raw = NO_ITEM
