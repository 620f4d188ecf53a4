"""An answer as Responses gives it, whole or streamed.

https://platform.openai.com/docs/api-reference/responses-streaming. A stream ends in one of the events
``response.completed``, ``response.incomplete`` and ``response.failed``; Open Responses wants ``[DONE]`` after
it (https://www.openresponses.org/specification), where OpenAI's clients stop reading.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from api.calls.refusals import broken
from api.calls.responses_items import Event
from api.calls.responses_object import error_of, incomplete_of, usage_of
from api.calls.responses_output import AnswerOutput
from domain.call import Began, Broke, CallEvent, Ended

_encode = msgspec.json.encode
_LAST: Final = b"data: [DONE]\n\n"


class ResponseHead(NamedTuple):
    """What an answer says of itself.

    Attributes:
        id: of the answer, ``resp_`` and letters and digits; it stays the same while the answer comes.
        model: the vendor's id of the model that was asked; the vendor's own word comes first.
        created: Unix time in seconds.
    """

    id: str
    model: str
    created: int


class Answer:
    """Turns one answer's events into those of Responses.

    Args:
        head: what the answer says of itself.
        echo: what it repeats of the request.
        clock: Unix time in seconds.
    """

    def __init__(
        self, head: ResponseHead, echo: Mapping[str, Any], clock: Callable[[], float] = time.time
    ) -> None:
        self._head = head
        self._echo = echo
        self._clock = clock
        self._output = AnswerOutput(head.id.removeprefix("resp_"))

    def add(self, event: CallEvent) -> Iterator[Event]:
        """The events that tell the event; each must be written before the next is asked for."""
        match event:
            case Began():
                self._head = self._head._replace(model=event.model or self._head.model)
                for status in ("created", "in_progress"):
                    yield {"type": f"response.{status}", "response": self._response("in_progress")}
            case Ended():
                incomplete = incomplete_of(event.reason, with_refusal=self._output.refused)
                yield from self._output.end(complete=incomplete is None)
                status = "incomplete" if incomplete else "completed"
                details = {"reason": incomplete} if incomplete else None
                response = self._response(status, incomplete_details=details, usage=usage_of(event.usage))
                if incomplete is None:
                    response["completed_at"] = int(self._clock())
                yield {"type": f"response.{status}", "response": response}
            case Broke():
                self._output.break_off()
                response = self._response("failed", error=error_of(event))
                yield {"type": "response.failed", "response": response}
            case _:
                yield from self._output.add(event)

    def _response(self, status: str, **fields: Any) -> dict[str, Any]:
        return {
            "id": self._head.id,
            "object": "response",
            "created_at": self._head.created,
            "completed_at": None,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self._head.model,
            "output": self._output.documents,
            "usage": None,
            **self._echo,
            **fields,
        }


class ResponsesStream:
    """Writes one streamed answer. See ``Answer`` for the arguments."""

    def __init__(
        self, head: ResponseHead, echo: Mapping[str, Any], clock: Callable[[], float] = time.time
    ) -> None:
        self._answer = Answer(head, echo, clock)
        self._next = 0

    def feed(self, event: CallEvent) -> bytes:
        """The bytes that the caller is sent for an event."""
        told = bytearray()
        for one in self._answer.add(event):
            one["sequence_number"] = self._next
            told += b"event: %b\ndata: %b\n\n" % (one["type"].encode(), _encode(one))
            self._next += 1
        if isinstance(event, Ended | Broke):
            told += _LAST
        return bytes(told)


def whole(
    events: Iterable[CallEvent],
    head: ResponseHead,
    echo: Mapping[str, Any],
    clock: Callable[[], float] = time.time,
) -> bytes:
    """The body of an answer in one piece. See ``Answer`` for the arguments.

    Raises:
        CallRefused: the answer broke off, and what came of it is not given out.
        ValueError: the events have no end.
    """
    answer = Answer(head, echo, clock)
    for event in events:
        if isinstance(event, Broke):
            raise broken(event)
        told = list(answer.add(event))
        if isinstance(event, Ended):
            return _encode(told[-1]["response"])
    raise ValueError("an answer ends in an Ended or a Broke")
