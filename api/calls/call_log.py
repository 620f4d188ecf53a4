"""One log line for each call that has ended, in words and fields; nothing of its content."""

import json
import logging
import re
from functools import lru_cache
from typing import Final
from uuid import UUID

from api.calls.observed import CallRecord
from api.calls.speaking import SPOKEN

log = logging.getLogger("keyroll.calls")

_PATHS: Final = {spoken.protocol: path for path, spoken in SPOKEN.items()}
_BARE: Final = re.compile(r"[A-Za-z0-9._:/@+\-]+")


class CallLog:
    """Writes ``name=value`` fields (logfmt) behind what the line of any request begins with.

    What is not known is left out. ``status`` 0 means that the caller got nothing. Tokens are the vendor's
    count, ``first_byte`` and ``own`` are milliseconds, ``own`` without the time spent waiting for the vendor.
    """

    def record(self, call: CallRecord) -> None:
        if not log.isEnabledFor(logging.INFO):
            return
        head = (_PATHS[call.protocol], call.status, (call.ended - call.started) * 1000, call.request_id)
        log.info("POST %s %s %.1f ms request_id=%s%s", *head, _fields(call))


def _fields(call: CallRecord) -> str:
    bearer, route, usage = call.bearer, call.route, call.usage
    told = ""
    if bearer is not None:
        told += f" token={_quoted(bearer.name)}"
    if route is not None:
        told += _model(route.provider.name, route.model.model_id, route.model.id)
        told += " stream=yes" if call.stream else " stream=no"
    if call.attempts:
        told += f" attempts={call.attempts}"
    for name, tokens in (
        ("input", usage.input),
        ("cached", usage.cached_input),
        ("output", usage.output),
        ("reasoning", usage.reasoning),
    ):
        if tokens is not None:
            told += f" {name}={tokens}"
    if call.first_byte is not None and call.overhead is not None:
        told += f" first_byte={(call.first_byte - call.started) * 1000:.1f} own={call.overhead * 1000:.2f}"
    return told if call.error is None else f"{told} error={_quoted(call.error)}"


@lru_cache(1024)
def _model(provider: str, model_id: str, model: UUID) -> str:
    return f" provider={_quoted(provider)} model={_quoted(model_id)} model_uuid={model}"


@lru_cache(1024)
def _quoted(text: str) -> str:
    """A value as logfmt has it: in quotes where it needs them, so that no name can pass for a field."""
    return text if _BARE.fullmatch(text) else json.dumps(text)
