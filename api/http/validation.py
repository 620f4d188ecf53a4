"""What is wrong with a request, in our own words: a library's message may repeat what was sent."""

import re
from collections.abc import Mapping
from typing import Any, Final

from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler

from api.http.body_rules import choices
from api.http.problems_list import INVALID, MALFORMED, NOT_FOUND, FieldError, Problem, problem

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
_EXPECTED: Final = re.compile(r"Expected `([\w\s|\-]+)`(?:, got `(\w+)`)?")
_SIZE: Final = re.compile(r"Expected `\w+` (?:of length )?([<>=]{1,2}) (\d+)")


def describe_invalid(error: ValidationException, handler: BaseRouteHandler) -> Problem:
    """The problem that a failed validation is.

    A missing body is 422, a query or header that breaks its rule is 400, and a path that names no id is 404.
    """
    details: list[Mapping[str, Any]] = error.extra if isinstance(error.extra, list) else []
    if any(detail.get("source") == "path" for detail in details):
        return problem(NOT_FOUND, "The path holds no valid id.")
    fields = [_field_error(detail, handler) for detail in details]
    in_body = bool(fields) and all(detail.get("source") == "body" for detail in details)
    told = "; ".join(f"{field.field} {field.detail}" for field in fields)
    return problem(INVALID if in_body else MALFORMED, told, errors=fields)


def _field_error(detail: Mapping[str, Any], handler: BaseRouteHandler) -> FieldError:
    message, key = str(detail.get("message", "")), str(detail.get("key", ""))
    parameter = handler.parsed_fn_signature.parameters.get(key)
    if key == "data" or parameter is None:
        return FieldError("body", "must be an object")
    field = getattr(parameter.kwarg_definition, "name", None) or key  # the name on the wire
    if allowed := choices(parameter.annotation):
        return FieldError(field, f"must be one of: {', '.join(allowed)}")
    if sized := _SIZE.search(message):
        return FieldError(field, f"must be {sized[1]} {sized[2]}")
    if expected := _EXPECTED.search(message):
        return FieldError(field, f"must be {_in_words(expected[1])}")
    return FieldError(field, next((rule for part, rule in _RULES.items() if part in message), "is not valid"))


def _in_words(types: str) -> str:
    return " or ".join(_WORDS.get(kind, kind) for kind in types.split(" | "))
