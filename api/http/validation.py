"""What is wrong with a request, in our own words: a library's message may repeat what was sent."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from litestar.exceptions import ValidationException

from api.http.problems_list import INVALID, MALFORMED, NOT_FOUND, FieldError, Problem, problem
from domain.access import Role
from domain.listing import ModelKind
from domain.model import Source
from domain.provider import Status
from domain.provider_type import ProviderType

_CHOICES: Final[Mapping[str, Iterable[str]]] = {
    "provider_type": ProviderType,
    "role": Role,
    "kind": ModelKind,
    "source": Source,
    "status": Status,
    "query status": (*Status, "all"),
}
_ALIASES: Final[Mapping[str, str]] = {"since": "from", "until": "to", "text": "q"}
"""Parameters whose names in the code are not those on the wire."""

_WORDS: Final[Mapping[str, str]] = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "datetime": "an instant as 2026-11-23T09:00:00Z",
    "uuid": "a UUID",
}
_RULES: Final[Mapping[str, str]] = {
    "UUID": "must be a UUID",
    "RFC3339": "must be an instant as 2026-11-23T09:00:00Z",
}
_UNKNOWN = re.compile(r"unknown field `([a-z_]{1,40})`")
_MISSING = re.compile(r"missing required field `(\w+)`")
_EXPECTED = re.compile(r"Expected `([\w\s|\-]+)`(?:, got `(\w+)`)?")
_SIZE = re.compile(r"Expected `\w+` (?:of length )?([<>=]{1,2}) (\d+)")


def describe_invalid(error: ValidationException) -> Problem:
    """The problem that a failed validation is.

    A body that breaks its rules is 422, a query or header is 400, and a path that names no id is 404.
    """
    details: list[Mapping[str, Any]] = error.extra if isinstance(error.extra, list) else []
    if any(detail.get("source") == "path" for detail in details):
        return problem(NOT_FOUND, "The path holds no valid id.")
    fields = [_field_error(detail) for detail in details]
    in_body = bool(fields) and all(detail.get("source") == "body" for detail in details)
    told = "; ".join(f"{field.field} {field.detail}" for field in fields)
    return problem(INVALID if in_body else MALFORMED, told, errors=fields)


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    message = str(detail.get("message", ""))
    key = str(detail.get("key", "")).removeprefix("data.")
    key = _ALIASES.get(key, key)
    field = key if re.fullmatch(r"[a-zA-Z_.\-\[\]0-9]{1,80}", key) and key != "data" else "body"
    if named := _MISSING.search(message):
        return FieldError(named[1], "is required")
    if "unknown field" in message:
        named = _UNKNOWN.search(message)
        return FieldError(named[1] if named else field, "is no field of this request")
    if "enum value" in message:
        choices = _CHOICES.get(f"{detail.get('source')} {field}") or _CHOICES.get(field)
        return FieldError(
            field, f"must be one of: {', '.join(choices)}" if choices else "is none of the allowed values"
        )
    if sized := _SIZE.search(message):
        return FieldError(field, f"must be {sized[1]} {sized[2]}")
    if expected := _EXPECTED.search(message):
        return FieldError(field, f"must be {_in_words(expected[1])}")
    return FieldError(field, next((rule for part, rule in _RULES.items() if part in message), "is not valid"))


def _in_words(types: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in types.split(" | "))
