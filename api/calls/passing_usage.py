"""What a vendor counted in an answer that passes through, by its own names."""

from typing import Any

import msgspec

from adapters.drivers.calls.chat_shapes import CompletionUsage
from adapters.drivers.calls.responses_shapes import ResponseUsage
from domain.call import Usage


def chat_usage(counted: Any) -> Usage:
    """Of Chat Completions. What cannot be read counts as not said, for the answer is good without it."""
    try:
        return msgspec.convert(counted, CompletionUsage).neutral()
    except msgspec.ValidationError:
        return Usage()


def responses_usage(counted: Any) -> Usage:
    """Of Responses, likewise."""
    try:
        return msgspec.convert(counted, ResponseUsage).neutral()
    except msgspec.ValidationError:
        return Usage()
