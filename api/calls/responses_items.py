"""The items of an answer while they grow, and the events that tell of it.

https://platform.openai.com/docs/api-reference/responses-streaming: an item is added, then each of its parts
is added, told in pieces, and done, then the item is done.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeAlias

import msgspec

Event: TypeAlias = dict[str, Any]
"""An event without its number. It holds the item itself, so it must be written before the item grows on."""

Status: TypeAlias = Literal["completed", "incomplete"]

_OBJECT: Final = msgspec.json.Decoder(dict[str, object])
_EMPTY: Final[dict[str, dict[str, Any]]] = {
    "output_text": {"type": "output_text", "text": "", "annotations": [], "logprobs": []},
    "refusal": {"type": "refusal", "refusal": ""},
}


class OutputItem(ABC):
    """What all items have in common.

    Attributes:
        document: the item as it stands.
    """

    def __init__(self, index: int, document: dict[str, Any]) -> None:
        self.document = document
        self._index = index
        self._at = {"item_id": document["id"], "output_index": index}
        self._pieces: list[str] = []

    def begin(self) -> Event:
        """The item is added."""
        return {
            "type": "response.output_item.added",
            "output_index": self._index,
            "item": self.document,
        }

    def end(self, status: Status) -> Iterator[Event]:
        """Nothing more comes."""
        yield from self._end_content()
        if "status" in self.document:
            self.document["status"] = status
        yield {"type": "response.output_item.done", "output_index": self._index, "item": self.document}

    @abstractmethod
    def _end_content(self) -> Iterator[Event]:
        """What it holds is whole."""

    def _told(self, kind: str, **fields: Any) -> Event:
        return {"type": kind, **self._at, **fields}


class WordsItem(OutputItem):
    """A message: texts, and refusals, each a part of its own."""

    def __init__(self, index: int, item_id: str) -> None:
        message = {"id": item_id, "type": "message", "status": "in_progress", "role": "assistant"}
        super().__init__(index, message | {"content": []})
        self._kind = ""

    def add(self, kind: Literal["output_text", "refusal"], text: str) -> Iterator[Event]:
        """More words."""
        if kind != self._kind:
            yield from self._end_content()
            self._kind = kind
            part = dict(_EMPTY[kind])
            self.document["content"].append(part)
            yield self._about_part("response.content_part.added", part=part)
        self._pieces.append(text)
        yield self._about_part(f"response.{kind}.delta", delta=text, **self._unmeasured())

    def _end_content(self) -> Iterator[Event]:
        if not self._kind:
            return
        part = self.document["content"][-1]
        field = "text" if self._kind == "output_text" else "refusal"
        part[field] = "".join(self._pieces)
        self._pieces.clear()
        done = {field: part[field]}
        yield self._about_part(f"response.{self._kind}.done", **done, **self._unmeasured())
        yield self._about_part("response.content_part.done", part=part)

    def _about_part(self, kind: str, **fields: Any) -> Event:
        return self._told(kind, content_index=len(self.document["content"]) - 1, **fields)

    def _unmeasured(self) -> dict[str, Any]:
        """OpenAI's clients want the list, which is empty unless logprobs were asked for."""
        return {"logprobs": []} if self._kind == "output_text" else {}


class CallItem(OutputItem):
    """A tool that is asked for."""

    def __init__(self, index: int, item_id: str, call_id: str, name: str) -> None:
        call = {"id": item_id, "type": "function_call", "status": "in_progress"}
        super().__init__(index, call | {"call_id": call_id, "name": name, "arguments": ""})

    def add(self, text: str) -> Event:
        """More of its arguments."""
        self._pieces.append(text)
        return self._told("response.function_call_arguments.delta", delta=text)

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are a JSON object already."""
        try:
            _OBJECT.decode("".join(self._pieces))
        except (msgspec.MsgspecError, RecursionError):
            return False
        return True

    def end(self, status: Status) -> Iterator[Event]:
        """Nothing more comes. A model that gives a tool no arguments gives it an empty object."""
        if status == "completed" and not any(self._pieces):
            yield self.add("{}")
        yield from super().end(status)

    def _end_content(self) -> Iterator[Event]:
        self.document["arguments"] = arguments = "".join(self._pieces)
        yield self._told("response.function_call_arguments.done", arguments=arguments)


class ThoughtsItem(OutputItem):
    """Thoughts, told as the summary that they are: vendors show no others."""

    def __init__(self, index: int, item_id: str) -> None:
        super().__init__(index, {"id": item_id, "type": "reasoning", "summary": []})

    def add(self, text: str) -> Iterator[Event]:
        """More of them."""
        summary = self.document["summary"]
        if not summary:
            summary.append({"type": "summary_text", "text": ""})
            yield self._told("response.reasoning_summary_part.added", summary_index=0, part=summary[0])
        self._pieces.append(text)
        yield self._told("response.reasoning_summary_text.delta", summary_index=0, delta=text)

    @property
    def has_text(self) -> bool:
        """Whether any of them has been shown."""
        return bool(self._pieces)

    def keep(self, encrypted: str) -> None:
        """What their vendor wants back."""
        self.document["encrypted_content"] = encrypted

    def _end_content(self) -> Iterator[Event]:
        for part in self.document["summary"]:
            part["text"] = text = "".join(self._pieces)
            yield self._told("response.reasoning_summary_text.done", summary_index=0, text=text)
            yield self._told("response.reasoning_summary_part.done", summary_index=0, part=part)
