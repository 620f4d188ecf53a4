"""What a field of a body must be, read off the type that its route declares.

The decoder's own words are used only to find the field: they may repeat what was sent.
"""

import re
from typing import Any, Final

from msgspec import inspect

from domain.errors import Invalid

RULE: Final = "rule"
"""In the ``extra`` of a type's Meta: what to say of a value that breaks its pattern."""

_AT: Final = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_UNKNOWN: Final = re.compile(r"unknown field `([a-z_]{1,40})`")
_MISSING: Final = re.compile(r"missing required field `(\w+)`")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


def broken_rule(message: str, kind: Any) -> Invalid:
    """The refusal of a body that msgspec could not read as this type, from its message."""
    found = _AT.search(message)
    steps = [field or f"[{index}]" for field, index in _STEP.findall(found[1] if found else "")]
    named = _UNKNOWN.search(message)
    if named or "unknown field" in message:
        rule = "is no field of this request"
        return Invalid(_spelt([*steps, named[1]] if named else steps), rule)
    if named := _MISSING.search(message):
        return Invalid(_spelt([*steps, named[1]]), "is required")
    return Invalid(_spelt(steps), f"must be {_in_words(_type_at(inspect.type_info(kind), steps))}")


def choices(kind: Any) -> list[str]:
    """The texts that a type allows, if it allows but some."""
    return _choices(_without_null(inspect.type_info(kind))[0])


def _spelt(steps: list[str]) -> str:
    """As people write it: ``prices.input``, ``input_modalities[1]``, ``capabilities``."""
    shown = ".".join(step for step in steps if step != "[...]").replace(".[", "[")
    return shown or "body"


def _type_at(kind: inspect.Type, steps: list[str]) -> inspect.Type:
    for step in steps:
        inner, _ = _without_null(kind)
        match inner:
            case inspect.StructType():
                kind = next(field.type for field in inner.fields if field.encode_name == step)
            case inspect.DictType():
                kind = inner.value_type
            case inspect.ListType():
                kind = inner.item_type
            case _:
                break
    return kind


def _without_null(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    """The type itself, and whether it may be null."""
    if not isinstance(kind, inspect.UnionType):
        return kind, False
    said = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    return said[0], len(said) < len(kind.types)


def _in_words(kind: inspect.Type) -> str:
    inner, nullable = _without_null(kind)
    return _plainly(inner) + (", or null" if nullable else "")


def _plainly(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata():
            rule: str | None = (kind.extra or {}).get(RULE)
            return rule or _plainly(kind.type)
        case inspect.EnumType() | inspect.LiteralType():
            return f"one of: {', '.join(_choices(kind))}"
        case inspect.IntType(ge=int(), le=int()):
            return f"a whole number from {kind.ge} to {kind.le}"
        case inspect.ListType(max_length=int()):
            return f"a list of at most {kind.max_length}"
        case inspect.DictType(max_length=int()):
            return f"an object of at most {kind.max_length} fields"
        case _:
            return _WORDS[type(kind)]


def _choices(kind: inspect.Type) -> list[str]:
    match kind:
        case inspect.EnumType():
            return [str(one.value) for one in kind.cls]
        case inspect.LiteralType():
            return [str(one) for one in kind.values]
        case _:
            return []


_WORDS: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "an instant with its offset from UTC, as 2026-11-23T09:00:00Z",
    inspect.UUIDType: "a UUID",
    inspect.ListType: "a list",
    inspect.DictType: "an object",
    inspect.StructType: "an object",
}
