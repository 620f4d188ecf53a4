"""A whole answer as Chat Completions gives it.

https://platform.openai.com/docs/api-reference/chat/object
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias, assert_never

import msgspec

from api.calls.chat_deltas import Thoughts, call_of, finish_of, usage_of
from api.calls.refusals import broken
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


class Head(NamedTuple):
    """What an answer says of itself; the vendor's own id and model come first, where it tells them.

    Attributes:
        id: of the answer.
        model: the vendor's id of the model that was asked.
        created: Unix time in seconds.
    """

    id: str
    model: str
    created: int

    def told_by(self, began: Began) -> "Head":
        """The same with the vendor's own words."""
        return Head(began.id or self.id, began.model or self.model, self.created)


def whole(events: Iterable[CallEvent], head: Head) -> bytes:
    """The body of an answer.

    Raises:
        CallRefused: the answer broke off, and what came of it is not given out.
        ValueError: the events have no end.
    """
    answer = _Answer()
    for event in events:
        match event:
            case Began():
                head = head.told_by(event)
            case Ended():
                return msgspec.json.encode(_document(head, answer, event))
            case Broke():
                raise broken(event)
            case _:
                answer.add(event)
    raise ValueError("an answer ends in an Ended or a Broke")


_Said: TypeAlias = TextCame | RefusalCame | ReasoningCame | ReasoningEnded | ToolUseBegan | ArgumentsCame


class _Answer:
    """What the message is made of, as it comes."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.refusals: list[str] = []
        self.thoughts: list[str] = []
        self.details: list[dict[str, Any]] = []
        self.calls: dict[int, dict[str, Any]] = {}
        self.arguments: dict[int, list[str]] = {}
        self._thinking = Thoughts()

    def add(self, event: _Said) -> None:
        match event:
            case TextCame(text):
                self._thinking.characters += len(text)
                self.texts.append(text)
            case RefusalCame(text):
                self.refusals.append(text)
            case ReasoningCame(block, text):
                self.thoughts.append(self._thinking.text(block, text))
            case ReasoningEnded():
                if detail := self._thinking.detail(event):
                    self.details.append(detail)
            case ToolUseBegan(index):
                self._thinking.calls += 1
                self.calls[index] = call_of(event)
                self.arguments[index] = []
            case ArgumentsCame(index, text):
                self.arguments[index].append(text)
            case _:
                assert_never(event)

    def message(self) -> dict[str, Any]:
        for index, call in self.calls.items():
            call["function"]["arguments"] = "".join(self.arguments[index])
        message: dict[str, Any] = {
            "role": "assistant",
            "content": "".join(self.texts) if self.texts else None,
            "refusal": "".join(self.refusals) or None,
        }
        more = {
            "reasoning_content": "".join(self.thoughts),
            "reasoning_details": self.details,
            "tool_calls": list(self.calls.values()),
        }
        return message | {name: value for name, value in more.items() if value}


def _document(head: Head, answer: _Answer, ended: Ended) -> dict[str, Any]:
    finish = finish_of(ended.reason, with_refusal=bool(answer.refusals))
    choice = {"index": 0, "message": answer.message(), "logprobs": None, "finish_reason": finish}
    document = {
        "id": head.id,
        "object": "chat.completion",
        "created": head.created,
        "model": head.model,
        "choices": [choice],
    }
    usage = usage_of(ended.usage)
    return document if usage is None else document | {"usage": usage}
