"""Answers as they are written in Responses, held to the classes of OpenAI's own client."""

import json
from typing import Any

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from api.calls import responses
from domain.call import (
    Began,
    CallEvent,
    Ended,
    StopReason,
    Usage,
)

HEAD = responses.ResponseHead("resp_7", "m-1", 1)
BEGAN = Began("msg_of_the_vendor", "m-1-2026")
USAGE = Usage(input=9, output=4, cached_input=6, cache_write=2, reasoning=3)
END = Ended(StopReason.END, USAGE)
ECHO = responses.decode(b'{"input":"Hello"}').echo

OFFICIAL_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def streamed(*events: CallEvent) -> list[dict[str, Any]]:
    """The documents of all events, each of which fits the official client's classes."""
    writer = responses.ResponsesStream(HEAD, ECHO, lambda: 2.5)
    frames = b"".join(writer.feed(event) for event in events).decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    documents = []
    for frame in frames[:-2]:
        name, data = frame.split("\n")
        document = json.loads(data.removeprefix("data: "))
        assert name == f"event: {document['type']}"
        OFFICIAL_EVENT.validate_python(document)
        documents.append(document)
    assert [document["sequence_number"] for document in documents] == list(range(len(documents)))
    return documents


def kinds(documents: list[dict[str, Any]]) -> list[str]:
    return [document["type"].removeprefix("response.") for document in documents]


def whole(*events: CallEvent, echo: Any = ECHO) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(responses.whole(events, HEAD, echo, lambda: 2.5))
    Response.model_validate(document)
    return document
