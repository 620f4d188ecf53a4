"""A vendor's stream on its way through: whole events as they came, ended once, no secret in errors."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.drivers.calls.failures import CUT_OFF, broke_in_stream, malformed
from adapters.drivers.calls.sse import LARGEST_EVENT, SseReader
from adapters.outbound.scrub import scrub
from adapters.outbound.vendor_message import vendor_message
from api.calls.passing_usage import chat_usage, responses_usage
from api.calls.refusals import error_object
from domain.call import NO_USAGE, Broke
from domain.secret import Secret

_EVENT_END: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_LONGEST_END: Final = 3
"""Bytes of an event's end that may have come with an earlier piece."""

_FINISHED: Final = re.compile(rb'"finish_reason"\s*:\s*"')
_NO_ERROR: Final = re.compile(rb'"error"\s*:\s*null')
_NO_USAGE: Final = re.compile(rb'"usage"\s*:\s*null')
_SEQUENCE: Final = re.compile(rb'"sequence_number"\s*:\s*(\d{1,9})')
_DONE: Final = b"data: [DONE]\n\n"
_TELLING: Final = tuple(
    re.compile(field)
    for field in (rb'"finish_reason"(?!:null)', rb'"usage"(?!:null)', rb'"error"(?!:null)', rb"\[DONE\]")
)
"""What tells something of Chat Completions; most events have those fields with null, or not at all."""


class PassingStream:
    """What is common to the streams that pass through.

    Attributes:
        over: the stream has had its one end; whatever else comes is left out.
        usage: what the vendor counted.
        broke: what it ended in, if that was an error.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.over = False
        self.usage = NO_USAGE
        self.broke: Broke | None = None
        self._secrets = secrets
        self._rest = bytearray()
        self._before = b""

    def feed(self, piece: bytes) -> bytes:
        """What goes on to the caller once these bytes have come: whole events only."""
        if self.over:
            return b""
        passed: list[bytes] = []
        if not self._rest and (plain := _whole_events(piece, self._first_look(piece))):
            self._before = piece[:plain]
            if plain == len(piece):
                return piece
            passed.append(self._before)
            piece = piece[plain:]
        begin, look_from = 0, max(0, len(self._rest) - _LONGEST_END)
        self._rest += piece
        while not self.over and (end := _EVENT_END.search(self._rest, look_from)):
            passed.append(self._pass(bytes(self._rest[begin : end.end()])))
            begin = look_from = end.end()
        del self._rest[:begin]
        if len(self._rest) > LARGEST_EVENT and not self.over:
            passed.append(self._break(malformed("an event of its stream is too large")))
        return b"".join(passed)

    def end(self) -> bytes:
        """What goes on to the caller when nothing more comes."""
        return b"" if self.over else self._break(CUT_OFF)

    def break_off(self, broke: Broke) -> bytes:
        """What goes on to the caller when the call ends here for another reason."""
        return b"" if self.over else self._break(broke)

    def _first_look(self, piece: bytes) -> int:
        """How many bytes there are before the first that may need a look: cheap, since most need none."""
        raise NotImplementedError

    def _pass(self, event: bytes) -> bytes:
        raise NotImplementedError

    def _break(self, broke: Broke) -> bytes:
        self.over = True
        self.broke = broke
        return self._told(broke)

    def _told(self, broke: Broke) -> bytes:
        raise NotImplementedError

    def _broke_by(self, document: Mapping[str, Any]) -> Broke:
        return broke_in_stream(vendor_message(document) or "", "vendor_error", 502, self._secrets)

    def _without_secrets(self, value: Any) -> Any:
        """The same, but no key in any of its texts."""
        match value:
            case str():
                return scrub(value, self._secrets)
            case Mapping():
                return {name: self._without_secrets(inner) for name, inner in value.items()}
            case list():
                return [self._without_secrets(inner) for inner in value]
            case _:
                return value


class PassingChat(PassingStream):
    """Of Chat Completions (https://platform.openai.com/docs/api-reference/chat-streaming).

    Args:
        secrets: the keys that were sent.
        hide_usage: the vendor was asked for usage by Keyroll, not by the caller, who may not expect it.
    """

    def __init__(self, secrets: Sequence[Secret], *, hide_usage: bool) -> None:
        super().__init__(secrets)
        self._hide_usage = hide_usage
        self._finished = False

    def end(self) -> bytes:
        if self.over or not self._finished:
            return super().end()
        self.over = True
        return _DONE  # which some servers leave out

    def _first_look(self, piece: bytes) -> int:
        first = len(piece)
        for telling in _TELLING:
            if found := telling.search(piece, 0, first):
                first = found.start()
        return first

    def _pass(self, event: bytes) -> bytes:
        if event == _DONE or (b"[DONE]" in event and _data(event) == b"[DONE]"):
            self.over = True
            return event
        self._finished = self._finished or _FINISHED.search(event) is not None
        telling = b'"error"' in event and not _NO_ERROR.search(event)
        counting = b'"usage"' in event and not _NO_USAGE.search(event)
        return self._look(event) if telling or counting else event

    def _look(self, event: bytes) -> bytes:
        document = _document(event)
        if error := document.get("error"):
            self.over = True
            self.broke = self._broke_by(document)
            told = msgspec.json.encode({"error": self._without_secrets(error)})
            return b"data: " + told + b"\n\n"
        if usage := document.get("usage"):
            self.usage = chat_usage(usage)
            if self._hide_usage and not document.get("choices"):
                return b""
        return event

    def _told(self, broke: Broke) -> bytes:
        error = error_object(broke.status, broke.kind, broke.message)
        return b"data: " + msgspec.json.encode({"error": error}) + b"\n\n"


class PassingResponses(PassingStream):
    """Of Responses (https://platform.openai.com/docs/api-reference/responses-streaming).

    It ends in ``[DONE]``, as Open Responses wants it and all other streams here do; OpenAI sends none, and
    its clients stop reading there.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        super().__init__(secrets)

    def _first_look(self, piece: bytes) -> int:
        return min((piece.find(name) for name in _LAST_EVENTS if name in piece), default=len(piece))

    def _pass(self, event: bytes) -> bytes:
        self._before = event
        if not any(name in event for name in _LAST_EVENTS):
            return event
        document = _document(event)
        kind = str(document.get("type"))
        if kind.encode() not in _LAST_EVENTS:
            return event
        self.over = True
        response = document.get("response")
        if isinstance(response, dict):
            self.usage = responses_usage(response.get("usage"))
        if kind in ("error", "response.failed"):
            self.broke = self._broke_by(response if isinstance(response, dict) else document)
            return _frame(kind, self._without_secrets(document)) + _DONE
        return event + _DONE

    def _told(self, broke: Broke) -> bytes:
        numbers = _SEQUENCE.findall(self._before)
        following = int(numbers[-1]) + 1 if numbers else 0
        error = {"code": broke.kind, "message": broke.message, "param": None}
        return _frame("error", {"type": "error", "sequence_number": following, **error}) + _DONE


_LAST_EVENTS: Final = (b"response.completed", b"response.incomplete", b"response.failed", b"error")


def _whole_events(piece: bytes, most: int) -> int:
    """How many of its first bytes are whole events, of at most so many."""
    last = piece.rfind(b"\n\n", 0, most)
    return 0 if last < 0 else last + 2


def _frame(name: str, document: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(document))


def _data(event: bytes) -> bytes:
    return b"\n".join(found.data for found in SseReader().feed(event))


def _document(event: bytes) -> Mapping[str, Any]:
    """The event's data; empty where it is no JSON object, which passes through unread."""
    try:
        found = msgspec.json.decode(_data(event))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
