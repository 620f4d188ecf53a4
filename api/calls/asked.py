"""What a caller sends, read as far as it has to be: fields stay the bytes that they came as."""

import asyncio
import math
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

import msgspec
from litestar.types import Receive, Scope

from api.calls.refusals import CallRefused

Decoded = TypeVar("Decoded")

LARGEST_BODY: Final = 32 * 1024 * 1024
"""Bytes: room for images in base64."""

LONGEST_CALL: Final = 600.0
"""Seconds that a call may take, and takes if it does not say."""

_BODY_SECONDS: Final = 60.0
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MODEL: Final = msgspec.json.Decoder(str | None)
_STREAM: Final = msgspec.json.Decoder(bool | None)
_TIMEOUT: Final = msgspec.json.Decoder(float | None)


class CallerGone(Exception):
    """The caller hung up before the request was whole."""


class Asked(NamedTuple):
    """A call as it was asked for.

    Attributes:
        fields: all of the body but ``timeout``, which is Keyroll's own.
        model: what was asked for; None: nothing.
        stream: whether the answer comes in pieces.
        timeout: seconds.
    """

    fields: Mapping[str, msgspec.Raw]
    model: str | None
    stream: bool
    timeout: float

    @property
    def body(self) -> bytes:
        """The body without what is Keyroll's own."""
        return msgspec.json.encode(self.fields)


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body of a request.

    Raises:
        CallRefused: 415, it is not said to be JSON; 413, it is too large; 408, it does not come.
        CallerGone: the caller hung up.
    """
    headers = dict(scope["headers"])
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json" or b"content-encoding" in headers:
        raise CallRefused(
            415, "unsupported_media_type", "Send JSON, uncompressed, with Content-Type: application/json."
        )
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message["body"]
        _refuse_large(len(body))
        return body
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            whole = bytearray()
            while message["type"] == "http.request":
                whole += message["body"]
                _refuse_large(len(whole))
                if not message.get("more_body"):
                    return bytes(whole)
                message = await receive()
            raise CallerGone
    except TimeoutError:
        raise CallRefused(408, "timeout", "The request's body did not come in time.") from None


def asked(body: bytes, timeout_header: bytes | None) -> Asked:
    """What a body asks for. Raises CallRefused: 400, it cannot be read."""
    fields = _decoded(_FIELDS, body, None, "must be a JSON object in UTF-8")
    timeout = fields.pop("timeout", timeout_header)
    return Asked(
        fields=fields,
        model=_decoded(_MODEL, fields.get("model", b"null"), "model", "must be a text"),
        stream=_decoded(_STREAM, fields.get("stream", b"null"), "stream", "must be true or false") or False,
        timeout=_seconds(timeout),
    )


def _seconds(given: msgspec.Raw | bytes | None) -> float:
    rule = f"must be seconds, more than 0 and at most {LONGEST_CALL:g}"
    seconds: float | None = None if given is None else _decoded(_TIMEOUT, given, "timeout", rule)
    if seconds is None:
        return LONGEST_CALL
    if not (math.isfinite(seconds) and 0 < seconds <= LONGEST_CALL):
        raise malformed("timeout", rule)
    return seconds


def malformed(field: str | None, rule: str) -> CallRefused:
    """A refusal that names the field."""
    return CallRefused(400, "invalid_request", f"{field or 'The body'} {rule}.", param=field)


def _decoded(decoder: msgspec.json.Decoder[Decoded], text: bytes, field: str | None, rule: str) -> Decoded:
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise malformed(field, rule) from None


def _refuse_large(size: int) -> None:
    if size > LARGEST_BODY:
        raise CallRefused(413, "payload_too_large", f"A body may have at most {LARGEST_BODY:,} bytes.")
