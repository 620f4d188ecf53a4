"""What all answers have in common: encoded once, with the version and the log position in headers."""

import re
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, Response

from api.commands.caller import Terms
from api.http.problems import HTTPProblem

View = TypeVar("View")

POSITION_HEADER: Final = "Keyroll-Position"
"""The log position that a write created, or that a look at the past was answered for; else absent."""

KEY_CHECK_HEADER: Final = "Keyroll-Key-Check"
"""What a check that was asked for with the change came to."""

JSON: Final = "application/json"

_ETAG: Final = re.compile(r'"([0-9]{1,18})"')


def answer(
    view: View,
    *,
    status: int = 200,
    version: int | None = None,
    position: int | None = None,
    location: str | None = None,
    key_check: str | None = None,
) -> Response[View]:
    """An answer in JSON. ``version`` becomes the ETag (RFC 9110, section 8.8.3)."""
    headers: dict[str, str] = {}
    if key_check is not None:
        headers[KEY_CHECK_HEADER] = key_check
    if version is not None:
        headers["ETag"] = f'"{version}"'
    if location is not None:
        headers["Location"] = location
    return _response(msgspec.json.encode(view), status, position, headers)


def no_content(position: int | None) -> Response[None]:
    """The answer to a deletion."""
    return _response(b"", 204, position, {})


def wanted_version(request: Request[Any, Any, Any]) -> Terms:
    """The terms that If-Match states (RFC 9110, section 13.1.1). ``*`` and no header mean any version.

    Raises:
        HTTPProblem: 400, the header is no ETag of ours.
    """
    header = request.headers.get("if-match", "*").strip()
    if header == "*":
        return Terms()
    tag = _ETAG.fullmatch(header)
    if tag is None:
        raise HTTPProblem.malformed("If-Match must be the ETag of the object as it came, or *.")
    return Terms(version=int(tag[1]))


def _response(body: bytes, status: int, position: int | None, headers: dict[str, str]) -> Response[Any]:
    if position is not None:
        headers[POSITION_HEADER] = str(position)
    return Response(body, status_code=status, headers=headers, media_type=JSON)
