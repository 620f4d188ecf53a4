"""Refused and failed calls, in the shape of OpenAI's errors, which both protocols share.

https://platform.openai.com/docs/guides/error-codes
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from domain.call import Broke

_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_SERVER_ERRORS: Final = 500


class CallRefused(Exception):
    """A call that gets an error for an answer. Its text says what to do.

    Args:
        status: the HTTP status.
        code: a word for programs.
        message: for people; no secret is in it.
        param: the caller's field that is at fault.
        headers: what the answer's headers say besides.
        candidates: names that the caller may have meant.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        candidates: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = dict(headers or {})
        self.candidates = tuple(candidates)

    @property
    def body(self) -> bytes:
        """The error as both protocols have it."""
        error = error_object(self.status, self.code, self.message, self.param)
        return msgspec.json.encode(
            {"error": error | ({"candidates": self.candidates} if self.candidates else {})}
        )


def error_object(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """What stands under ``error``."""
    kind = _TYPES.get(status, "server_error" if status >= _SERVER_ERRORS else "invalid_request_error")
    return {"message": message, "type": kind, "param": param, "code": code}


def broken(broke: Broke, come_back_after: float | None = None) -> CallRefused:
    """A call that broke before its answer began."""
    headers = {} if come_back_after is None else {"Retry-After": str(max(1, round(come_back_after)))}
    return CallRefused(broke.status, broke.kind, broke.message, headers=headers)
