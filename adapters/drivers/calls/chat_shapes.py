"""The parts of a Chat Completions answer that Keyroll reads; all else is passed over.

https://platform.openai.com/docs/api-reference/chat/object, …/chat-streaming/streaming
"""

import typing
from collections.abc import Iterator

import msgspec

from domain.call import Usage


class ToolFunction(msgspec.Struct):
    """Which function, and a piece of its arguments."""

    name: str | None = None
    arguments: str | None = None


class ToolCallDelta(msgspec.Struct):
    """A piece of a tool's call, or all of it. Servers leave out the index, or the id."""

    index: int | None = None
    id: str | None = None
    function: ToolFunction | None = None
    extra_content: object = None  # Gemini's compatible endpoint: {"google": {"thought_signature": "…"}}


class ContentPiece(msgspec.Struct):
    """One part of content that is a list: Mistral's thoughts and texts."""

    type: str = "text"
    text: str | None = None
    thinking: "str | list[ContentPiece] | None" = None


class Delta(msgspec.Struct):
    """What a chunk adds to the message, or the message itself."""

    content: str | list[ContentPiece] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCallDelta] | None = None

    def thoughts(self) -> Iterator[str]:
        """The pieces of reasoning in it. Servers that send both names send the same under both."""
        if text := self.reasoning_content or self.reasoning:
            yield text
        for piece in self.content if isinstance(self.content, list) else ():
            if isinstance(piece.thinking, list):
                yield from (inner.text for inner in piece.thinking if inner.text)
            elif piece.thinking:
                yield piece.thinking

    def texts(self) -> Iterator[str]:
        """The pieces of text in it."""
        if isinstance(self.content, list):
            yield from (piece.text for piece in self.content if piece.text)
        elif self.content:
            yield self.content


class Choice(msgspec.Struct):
    """One of the answers; Keyroll asks for one."""

    index: int = 0
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None
    stop_reason: object = None  # vLLM: the stop sequence, or the number of the token, that ended it


class PromptDetails(msgspec.Struct):
    """Of the tokens that went in."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class CompletionDetails(msgspec.Struct):
    """Of the tokens that came out."""

    reasoning_tokens: int | None = None


class CompletionUsage(msgspec.Struct):
    """Tokens, as OpenAI counts them: cached ones within the prompt's, reasoning within the completion's."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek

    def neutral(self) -> Usage:
        """The same in the neutral form."""
        prompt = self.prompt_tokens_details or PromptDetails()
        completion = self.completion_tokens_details or CompletionDetails()
        cached = self.prompt_cache_hit_tokens if prompt.cached_tokens is None else prompt.cached_tokens
        return Usage(
            input=self.prompt_tokens,
            output=self.completion_tokens,
            cached_input=cached,
            cache_write=prompt.cache_write_tokens,
            reasoning=completion.reasoning_tokens,
        )


class Completion(msgspec.Struct):
    """A whole answer, a chunk of one, or an error in their place."""

    id: str | None = None
    model: str | None = None
    object: str | None = None
    choices: list[Choice] | None = None
    usage: CompletionUsage | None = None
    error: typing.Any = None
    message: str | None = None
    type: str | None = None
    code: typing.Any = None
