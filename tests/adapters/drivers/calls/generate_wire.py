"""Gemini's streams and answers, part by part, in the shapes that Google documents.

https://ai.google.dev/api/generate-content
"""

import hashlib
import json
from typing import Any

from domain.call import CallEvent
from tests.adapters.drivers.calls.contract import Answer, sse

USAGE = {"promptTokenCount": 9, "candidatesTokenCount": 4, "totalTokenCount": 13}
OSLO, ROME = '{"city":"Oslo"}', '{"city":"Rome"}'


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"text": said, **more}


def function(city: str, call_id: str | None = None, **more: Any) -> dict[str, Any]:
    call = {"name": "weather", "args": {"city": city}} | ({"id": call_id} if call_id else {})
    return {"functionCall": call, **more}


def chunk(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0}
    if parts:
        candidate["content"] = {"parts": list(parts), "role": "model"}
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": USAGE,
        "modelVersion": "gemini-9",
        "responseId": "resp-1",
        **more,
    }


def compact(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def answer(*chunks: dict[str, Any], events: tuple[CallEvent, ...]) -> Answer:
    """The same chunks as a stream, and put together as one answer."""
    last = chunks[-1]
    parts = [part for one in chunks for part in one["candidates"][0].get("content", {"parts": []})["parts"]]
    candidate = last["candidates"][0] | {"content": {"parts": parts, "role": "model"}}
    whole = compact(last | {"candidates": [candidate]}).encode()
    return Answer(sse(*map(compact, chunks)), events, whole)


def made_id(index: int, arguments: str) -> str:
    return f"call_{hashlib.sha256(f'resp-1:{index}:weather:{arguments}'.encode()).hexdigest()[:24]}"
