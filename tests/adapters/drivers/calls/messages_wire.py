"""Anthropic's streams and answers, block by block, in the shapes that Anthropic documents.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

import json
from typing import Any

from tests.adapters.drivers.calls.contract import sse

OSLO, ROME = '{"city":"Oslo"}', '{"city":"Rome"}'


def message(*content: dict[str, Any], stop: str | None = None, **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 9, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-9",
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage | {"output_tokens": 4 if stop else 1},
        **more,
    }


def event(kind: str, **fields: Any) -> bytes:
    return sse({"type": kind, **fields}, name=kind)


def start(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_start", index=index, content_block={"type": kind, **fields})


def delta(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def stop(index: int) -> bytes:
    return event("content_block_stop", index=index)


def texts(index: int, *pieces: str) -> bytes:
    deltas = b"".join(delta(index, "text_delta", text=piece) for piece in pieces)
    return start(index, "text", text="") + deltas + stop(index)


def tool(index: int, call_id: str, *pieces: str) -> bytes:
    begun = start(index, "tool_use", id=call_id, name="weather", input={})
    deltas = b"".join(delta(index, "input_json_delta", partial_json=piece) for piece in pieces)
    return begun + deltas + stop(index)


def stream(
    *blocks: bytes, why: str = "end_turn", usage: dict[str, Any] | None = None, **details: Any
) -> bytes:
    began = event("message_start", message=message()) + event("ping")
    last = {"stop_reason": why, "stop_sequence": None, **details}
    ended = event("message_delta", delta=last, usage=usage or {"output_tokens": 4})
    return began + b"".join(blocks) + ended + event("message_stop")


def whole(*content: dict[str, Any], why: str = "end_turn", **more: Any) -> bytes:
    return json.dumps(message(*content, stop=why, **more), separators=(",", ":")).encode()


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def asked(call_id: str, city: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "weather", "input": {"city": city}}
