"""What a vendor counted in an answer that passes through, by its own names."""

from typing import Any

import msgspec

from adapters.drivers.calls.chat_shapes import CompletionUsage
from domain.call import Usage


class _CameIn(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _WentOut(msgspec.Struct):
    reasoning_tokens: int | None = None


class _ResponseUsage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _CameIn | None = None
    output_tokens_details: _WentOut | None = None


def chat_usage(counted: Any) -> Usage:
    """Of Chat Completions. What cannot be read counts as not said, for the answer is good without it."""
    try:
        return msgspec.convert(counted, CompletionUsage).neutral()
    except msgspec.ValidationError:
        return Usage()


def responses_usage(counted: Any) -> Usage:
    """Of Responses, likewise."""
    try:
        usage = msgspec.convert(counted, _ResponseUsage)
    except msgspec.ValidationError:
        return Usage()
    came = usage.input_tokens_details or _CameIn()
    went = usage.output_tokens_details or _WentOut()
    return Usage(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cached_input=came.cached_tokens,
        cache_write=came.cache_write_tokens,
        reasoning=went.reasoning_tokens,
    )
