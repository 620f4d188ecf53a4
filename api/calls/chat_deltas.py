"""Neutral events in the words of Chat Completions: what a chunk adds, why an answer ended, what it took.

https://platform.openai.com/docs/api-reference/chat-streaming. Thoughts go as ``reasoning_content``, the
custom of DeepSeek and vLLM, and whole blocks that their vendor wants back as ``reasoning_details``; Gemini's
signature of a call goes as Google's own compatible endpoint sends it.
"""

from typing import Any

from domain.call import ReasoningEnded, StopReason, ToolUseBegan, Usage
from domain.conversation import Protocol

_BLOCKS_APART = "\n\n"

_FINISHES = {
    StopReason.END: "stop",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.LENGTH: "length",
    StopReason.TOOL_USE: "tool_calls",
    StopReason.CONTENT_FILTER: "content_filter",
}


class Thoughts:
    """The thoughts of one answer, in one text with its blocks apart, and the blocks that go back.

    Attributes:
        characters: of the text that has come so far.
        calls: of tools, likewise.
    """

    def __init__(self) -> None:
        self.characters = 0
        self.calls = 0
        self._block: int | None = None
        self._details = 0

    def text(self, block: int, text: str) -> str:
        """What is added to ``reasoning_content``."""
        first_of_next = self._block not in (None, block)
        self._block = block
        return _BLOCKS_APART + text if first_of_next else text

    def detail(self, ended: ReasoningEnded) -> dict[str, Any] | None:
        """What is added to ``reasoning_details``; None where ``reasoning_content`` says it all."""
        opaque = {"signature": ended.signature, "redacted": ended.redacted or None, "id": ended.id}
        given: dict[str, Any] = {name: value for name, value in opaque.items() if value is not None}
        if ended.protocol is Protocol.CHAT and not given:
            return None
        place = {"after_text": self.characters, "after_calls": self.calls}
        given |= {name: count for name, count in place.items() if count}
        detail = {
            "type": "reasoning",
            "index": self._details,  # clients that add up a stream tell list entries apart by it
            "protocol": ended.protocol.value,
            "text": ended.text,
        }
        self._details += 1
        return detail | given


def call_of(began: ToolUseBegan) -> dict[str, Any]:
    """A tool's call whose arguments have yet to come."""
    call: dict[str, Any] = {
        "id": began.id,
        "type": "function",
        "function": {"name": began.name, "arguments": ""},
    }
    if began.signature is not None:
        call["extra_content"] = {"google": {"thought_signature": began.signature}}
    return call


def finish_of(reason: StopReason, *, with_refusal: bool) -> str:
    """The ``finish_reason``. OpenAI ends its own refusals with "stop"; one without words was filtered."""
    if reason is StopReason.REFUSAL:
        return "stop" if with_refusal else "content_filter"
    return _FINISHES[reason]


def usage_of(usage: Usage) -> dict[str, Any] | None:
    """The ``usage``; None where the vendor told nothing."""
    if usage.input is None and usage.output is None:
        return None
    came, went = usage.input or 0, usage.output or 0
    cached = {"cached_tokens": usage.cached_input, "cache_write_tokens": usage.cache_write}
    details = {
        "prompt_tokens_details": {name: count for name, count in cached.items() if count is not None},
        "completion_tokens_details": {} if usage.reasoning is None else {"reasoning_tokens": usage.reasoning},
    }
    counted: dict[str, Any] = {
        "prompt_tokens": came,
        "completion_tokens": went,
        "total_tokens": came + went,
    }
    return counted | {name: detail for name, detail in details.items() if detail}
