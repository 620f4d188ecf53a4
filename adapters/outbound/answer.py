"""From an HTTP response to a decoded answer, or to a typed failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore

from adapters.outbound.body import read_capped
from adapters.outbound.document import MOST_VALUES, decode_json
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.headers import readable
from adapters.outbound.scrub import scrub
from adapters.outbound.vendor_message import vendor_message
from domain.secret import Secret

_LARGEST_ERROR = 64 * 1024
_SHORTEST_TELLING_KEY = 16


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A successful answer: its status, its headers with lower-case names, its decoded body and its bytes."""

    status: int
    headers: Mapping[str, str]
    body: object
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, and how much to take.

    ``connect`` and ``read`` bound one silence, not the whole; ``body`` is in bytes after decompression, and
    ``values`` counts what a JSON document holds.
    """

    connect: float = 10.0
    read: float = 30.0
    body: int = 32 * 1024 * 1024
    values: int = MOST_VALUES


async def read_answer(
    response: httpcore.Response, limits: Limits, secrets: Sequence[Secret], shape: Any = object
) -> JsonAnswer:
    """Read a response to its end. ``shape`` is that of a successful answer's document, see ``decode_json``.

    Raises:
        OutboundError: ``status`` for 4xx and 5xx with the vendor's scrubbed words, ``malformed`` for a
            redirect and for all that is no bounded JSON document.
    """
    headers = readable(response.headers)
    if response.status >= 400:  # noqa: PLR2004  RFC 9110: 4xx and 5xx are errors
        raise await _vendor_error(response, headers, secrets)
    if not 200 <= response.status < 300:  # noqa: PLR2004  RFC 9110: 2xx is success
        raise OutboundError(
            OutboundFailure.MALFORMED,
            f"HTTP {response.status} leads elsewhere, and redirects are not followed; "
            "enter the address it leads to as the base URL",
            status=response.status,
        )
    if not _is_json(headers):
        raise OutboundError(
            OutboundFailure.MALFORMED,
            "the answer is not JSON by its content type; check the base URL",
            status=response.status,
        )
    body = await _bytes_of(response, headers, limits.body)
    _refuse_an_echo(body, secrets)
    document = decode_json(body, most_values=limits.values, shape=shape)
    return JsonAnswer(response.status, headers, document, len(body))


def _refuse_an_echo(body: bytes, secrets: Sequence[Secret]) -> None:
    """What is read is kept and shown, so it may not hold the key. A short one may be any word."""
    for secret in secrets:
        key = secret.reveal().removeprefix("Bearer ").encode()
        if len(key) >= _SHORTEST_TELLING_KEY and key in body:
            raise OutboundError(OutboundFailure.MALFORMED, "the answer repeats the key that was sent")


async def _bytes_of(response: httpcore.Response, headers: Mapping[str, str], cap: int) -> bytes:
    encoding = headers.get("content-encoding", "").strip().lower()
    return await read_capped(response.aiter_stream(), encoding, cap)


async def _vendor_error(
    response: httpcore.Response, headers: dict[str, str], secrets: Sequence[Secret]
) -> OutboundError:
    try:
        body = decode_json(await _bytes_of(response, headers, _LARGEST_ERROR))
    except OutboundError:
        body = None  # an error page is no reason to forget the status it came with
    words = scrub(vendor_message(body) or "", secrets)
    return OutboundError(
        OutboundFailure.STATUS,
        f"HTTP {response.status}: {words}"
        if words
        else f"HTTP {response.status} without a word of explanation",
        status=response.status,
        headers=headers,
        body=body,
    )


def _is_json(headers: Mapping[str, str]) -> bool:
    """Whether the type is JSON, or unsaid: then the content itself tells (RFC 9110, section 8.3)."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type in ("", "application/json") or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
