"""What is known of a call once it has ended, for those who count and tell. Nothing of its content."""

import logging
import time
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from api.calls.routing_view import Bearer
from domain.call import NO_USAGE, Usage
from domain.conversation import Protocol
from domain.routing import Route

CALLER_LEFT: Final = "caller_left"
"""The error of a call whose caller hung up before its answer was whole."""

STOPPED: Final = "stopped"
"""The error of a call that the end of the process cut off."""

log = logging.getLogger("keyroll.calls")


@dataclass(slots=True)
class CallRecord:
    """One call, filled in while it is under way. Times are seconds, on ``time.perf_counter`` but for one.

    Attributes:
        request_id: its own, or the one that its caller gave it.
        protocol: what the caller speaks.
        traceparent: the caller's place in a trace (W3C Trace Context); None: it told none.
        started: when the request came.
        started_at: the same, since 1970 in UTC.
        bearer: who calls; None: nobody that Keyroll knows.
        route: where it went; None: it did not come so far.
        stream: whether it asked for a stream.
        status: what the caller got; 0: nothing.
        error: a word for what went wrong, also within a stream that began with status 200; None: nothing.
        broke: the same, of a stream that broke off.
        usage: what the vendor counted.
        attempts: how many requests the vendor got.
        first_byte: when the first byte of the vendor's answer went to the caller; None: none did.
        overhead: Keyroll's own share of the time up to there.
        ended: when it was over.
    """

    request_id: str
    protocol: Protocol
    traceparent: bytes | None = None
    started: float = field(default_factory=time.perf_counter)
    started_at: float = field(default_factory=time.time)
    bearer: Bearer | None = None
    route: Route | None = None
    stream: bool = False
    status: int = 0
    error: str | None = None
    broke: str | None = None
    usage: Usage = NO_USAGE
    attempts: int = 0
    first_byte: float | None = None
    overhead: float | None = None
    ended: float = 0.0


class Observer(typing.Protocol):
    """Wants to know of each call. It is told between two answers: no I/O, and a few microseconds at most."""

    def record(self, call: CallRecord) -> None:
        """Take note of a call that has ended."""
        ...


def tell(observers: Sequence[Observer], call: CallRecord) -> None:
    """Tell all of them. What one fails with goes to the log, and spoils neither the call nor the others."""
    for observer in observers:
        try:
            observer.record(call)
        except Exception:
            log.exception("request_id=%s could not be taken note of", call.request_id)
