"""What the head of an answer says of how the call went. README.md, "Calling models", tells what it means."""

from functools import lru_cache
from typing import Final
from urllib.parse import quote
from uuid import UUID

from api.calls.answering import Headers
from domain.routing import Route

JSON: Final = (b"content-type", b"application/json")
EVENT_STREAM: Final = (b"content-type", b"text/event-stream; charset=utf-8")
_UNBUFFERED: Final = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))


def answer_head(route: Route, position: int, attempts: int, overhead: float, *, stream: bool) -> Headers:
    """The headers of a call's answer.

    Args:
        route: where the call went, and why.
        position: the log position that it was routed by.
        attempts: how many requests the vendor got.
        overhead: Keyroll's own share of the time up to here, in seconds.
        stream: whether the body is a stream of events.
    """
    return [
        EVENT_STREAM if stream else JSON,
        *(_UNBUFFERED if stream else ()),
        (b"keyroll-model", _id_text(route.model.id)),
        (b"keyroll-provider", _header_text(route.provider.name)),
        (b"keyroll-route", route.rule.value.encode()),
        (b"keyroll-position", b"%d" % position),
        (b"keyroll-attempts", b"%d" % attempts),
        (b"keyroll-overhead", b"%.2f" % (overhead * 1000)),
    ]


@lru_cache(1024)
def _id_text(model: UUID) -> bytes:
    return str(model).encode()


@lru_cache
def _header_text(name: str) -> bytes:
    """A name as a header can carry it: percent-encoded, but for spaces (RFC 3986, section 2.1)."""
    return quote(name, safe=" ").encode()
