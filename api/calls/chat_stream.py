"""A streamed answer as Chat Completions gives it.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from typing import Any, assert_never

import msgspec

from api.calls.chat_answer import Head
from api.calls.chat_deltas import Thoughts, call_of, finish_of, usage_of
from api.calls.refusals import error_object
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    TextCame,
    ToolUseBegan,
)

_encode = msgspec.json.encode


class ChatStream:
    """Turns one answer's events into its chunks, each as it comes.

    Args:
        head: what the answer says of itself.
        include_usage: the caller asked to be told the tokens, in a last chunk of its own.
    """

    def __init__(self, head: Head, *, include_usage: bool) -> None:
        self._head = head
        self._include_usage = include_usage
        self._thoughts = Thoughts()
        self._refused = False
        self._before = self._after = b""

    def feed(self, event: CallEvent) -> bytes:
        """The bytes that the caller is sent for an event; none for some."""
        match event:
            case TextCame(text):
                self._thoughts.characters += len(text)
                return self._chunk({"content": text})
            case ArgumentsCame(index, text):
                return self._chunk({"tool_calls": [{"index": index, "function": {"arguments": text}}]})
            case ReasoningCame(block, text):
                return self._chunk({"reasoning_content": self._thoughts.text(block, text)})
            case ReasoningEnded():
                detail = self._thoughts.detail(event)
                return self._chunk({"reasoning_details": [detail]}) if detail else b""
            case ToolUseBegan(index):
                self._thoughts.calls += 1
                return self._chunk({"tool_calls": [{"index": index, **call_of(event)}]})
            case RefusalCame(text):
                self._refused = True
                return self._chunk({"refusal": text})
            case Began():
                return self._begin(event)
            case Ended():
                return self._end(event)
            case Broke(kind, message, status):
                return b"data: %b\n\n" % _encode({"error": error_object(status, kind, message)})
            case _:
                assert_never(event)

    def _begin(self, began: Began) -> bytes:
        """What all chunks have in common is encoded once."""
        self._head = self._head.told_by(began)
        envelope = _encode(self._envelope())[:-1]
        self._before = b'data: %b,"choices":[{"index":0,"delta":' % envelope
        # By the documentation every chunk but the last has an empty usage, if usage was asked for.
        self._after = b'}],"usage":null}\n\n' if self._include_usage else b"}]}\n\n"
        return self._chunk({"role": "assistant"})

    def _envelope(self) -> dict[str, Any]:
        return {
            "id": self._head.id,
            "object": "chat.completion.chunk",
            "created": self._head.created,
            "model": self._head.model,
        }

    def _chunk(self, delta: dict[str, Any], finish: bytes = b"null") -> bytes:
        end = b',"logprobs":null,"finish_reason":%b' % finish
        return b"".join((self._before, _encode(delta), end, self._after))

    def _end(self, ended: Ended) -> bytes:
        finish = finish_of(ended.reason, with_refusal=self._refused)
        last = self._chunk({}, _encode(finish))
        if self._include_usage:
            counted = self._envelope() | {"choices": [], "usage": usage_of(ended.usage)}
            last += b"data: %b\n\n" % _encode(counted)
        return last + b"data: [DONE]\n\n"
