"""Read a call's body by the shapes of its protocol, and say of a wrong one which field is wrong."""

import re
from typing import TypeVar

import msgspec

from api.calls.decoded import BadCall

_T = TypeVar("_T")
_AT = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<where>.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?P<wrong>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_LONGEST_NAME = 200
_UNKNOWN = "only models whose provider speaks this protocol get it; leave it out, or ask such a model"


def read(body: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    """The body in its shape.

    Raises:
        BadCall: it is no JSON, or a field is unknown, missing, or of another form.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _bad_call(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadCall(None, "the body is not JSON; send one object in UTF-8") from None
    except RecursionError:
        raise BadCall(None, "the body is nested too deep") from None


def fitted(value: object, shape: type[_T], at: str) -> _T:
    """A part of a body that has been read, in its shape. ``at`` is the field where it stands.

    Raises:
        BadCall: a field of it is unknown, missing, or of another form.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise _bad_call(str(error), at) from None


def _bad_call(said: str, at: str = "") -> BadCall:
    """From msgspec's words, which hold the path as ``$.messages[0].content``."""
    found = _AT.fullmatch(said)
    what, inner = (found["what"], found["where"]) if found else (said, None)
    where = f"{at}.{inner}" if at and inner else at or inner
    if field := _FIELD.fullmatch(what):
        name = f"{where}.{field['name']}" if where else field["name"]
        if field["wrong"] == "missing required":
            return BadCall(name[:_LONGEST_NAME], "this field is required")
        return BadCall(name[:_LONGEST_NAME], f"Keyroll cannot translate this field: {_UNKNOWN}")
    if where and where.endswith(".type") and what.startswith("Invalid value"):
        return BadCall(where, f"Keyroll cannot translate this kind: {_UNKNOWN}")
    return BadCall(where, what[:1].lower() + what[1:_LONGEST_NAME])
