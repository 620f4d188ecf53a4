"""What Responses answers on the wire, in the shapes that OpenAI documents.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json
from typing import Any

from tests.adapters.drivers.calls.contract import sse

USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 2},
    "output_tokens": 4,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 13,
}


def response(status: str, output: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": "m-1",
        "output": output or [],
        "usage": None,
        **more,
    }


def message(*content: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [*content]}


def said(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {
        "id": f"fc_{call_id}",
        "type": "function_call",
        "status": "completed",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def thought(*summary: str, encrypted: str | None = None) -> dict[str, Any]:
    parts = [{"type": "summary_text", "text": text} for text in summary]
    item = {"id": "rs_1", "type": "reasoning", "summary": parts}
    return item if encrypted is None else item | {"encrypted_content": encrypted}


def _streamed(index: int, item: dict[str, Any], pieces: int) -> list[dict[str, Any]]:
    """The events of one item, its texts cut into so many pieces."""
    at = {"item_id": item["id"], "output_index": index}
    empty: dict[str, dict[str, Any]] = {
        "message": {"content": []},
        "function_call": {"arguments": ""},
        "reasoning": {"summary": []},
    }
    begun = {name: value for name, value in item.items() if name != "encrypted_content"}
    events: list[dict[str, Any]] = [
        {
            "type": "response.output_item.added",
            "output_index": index,
            "item": begun | empty[item["type"]] | {"status": "in_progress"},
        }
    ]
    for number, part in enumerate(item.get("content", ())):
        field = "text" if part["type"] == "output_text" else "refusal"
        place = at | {"content_index": number}
        kind = f"response.{part['type']}"
        events += [{"type": "response.content_part.added", **place, "part": part | {field: ""}}]
        events += [{"type": f"{kind}.delta", **place, "delta": one} for one in cut(part[field], pieces)]
        events += [{"type": f"{kind}.done", **place, field: part[field]}]
        events += [{"type": "response.content_part.done", **place, "part": part}]
    for number, part in enumerate(item.get("summary", ())):
        place = at | {"summary_index": number}
        kind = "response.reasoning_summary_text"
        events += [{"type": "response.reasoning_summary_part.added", **place, "part": part | {"text": ""}}]
        events += [{"type": f"{kind}.delta", **place, "delta": one} for one in cut(part["text"], pieces)]
        events += [{"type": f"{kind}.done", **place, "text": part["text"]}]
        events += [{"type": "response.reasoning_summary_part.done", **place, "part": part}]
    if arguments := item.get("arguments"):
        kind = "response.function_call_arguments"
        events += [{"type": f"{kind}.delta", **at, "delta": one} for one in cut(arguments, pieces)]
        events += [{"type": f"{kind}.done", **at, "arguments": arguments}]
    return [*events, {"type": "response.output_item.done", "output_index": index, "item": item}]


def cut(text: str, pieces: int) -> list[str]:
    size = -(-len(text) // pieces)
    return [text[start : start + size] for start in range(0, len(text), size)]


def framed(*events: dict[str, Any]) -> bytes:
    return b"".join(
        sse(event | {"sequence_number": number}, name=event["type"]) for number, event in enumerate(events)
    )


def stream(
    *items: dict[str, Any], end: dict[str, Any] | None = None, pieces: int = 2, done: bool = False
) -> bytes:
    last = end or response("completed", [*items], usage=USAGE)
    events = [{"type": f"response.{status}"} for status in ("created", "in_progress")]
    under_way = [event | {"response": response("in_progress")} for event in events]
    parts = [event for index, item in enumerate(items) for event in _streamed(index, item, pieces)]
    end_event = {"type": f"response.{last['status']}", "response": last}
    return framed(*under_way, *parts, end_event) + (sse("[DONE]") if done else b"")


def whole(*items: dict[str, Any], end: dict[str, Any] | None = None) -> bytes:
    return json.dumps(end or response("completed", [*items], usage=USAGE)).encode()
