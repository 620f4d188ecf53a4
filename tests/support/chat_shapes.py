"""What a vendor of Chat Completions answers: https://platform.openai.com/docs/api-reference/chat."""

import json
from typing import Any

from tests.support.call_vendors import Heard, Said, said_events, said_json

USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 12,
    "total_tokens": 21,
    "prompt_tokens_details": {"cached_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


def chat_completion(text: str, **fields: Any) -> dict[str, Any]:
    """A whole answer."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1741569952,
        "model": "gpt-4.1-2025-04-14",
        "choices": [choice],
        "usage": USAGE,
        "service_tier": "default",
        **fields,
    }


def chunk(delta: dict[str, Any], finish_reason: str | None = None, **fields: Any) -> bytes:
    """An event of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return event(
        {
            "id": "chatcmpl-123",
            "object": "chat.completion.chunk",
            "created": 1694268190,
            "model": "gpt-4.1-2025-04-14",
            "choices": [choice],
            **fields,
        }
    )


def event(document: dict[str, Any]) -> bytes:
    """A document as an event of a stream."""
    return b"data: " + json.dumps(document).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
USAGE_CHUNK = chunk({}, usage=USAGE, choices=[])


def chat_stream(*words: str) -> list[bytes]:
    """A whole stream, with its usage."""
    told = [chunk({"content": word}, usage=None) for word in words]
    return [chunk({"role": "assistant", "content": ""}), *told, chunk({}, "stop"), USAGE_CHUNK, DONE]


def answer_chat(heard: Heard) -> Said:
    """Repeat what the user said last, as a stream if that is wanted."""
    asked = heard.json
    last = asked["messages"][-1]["content"]
    text = last if isinstance(last, str) else "parts"
    if asked.get("stream"):
        return said_events(*chat_stream(*text.split(" ")))
    return said_json(chat_completion(text))
