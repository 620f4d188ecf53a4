"""A value that fits a JSON Schema, always the same one.

https://json-schema.org/draft/2020-12.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from adapters.drivers.calls.plain_schema import ANNOTATIONS, Unsayable, plain

_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems"}),
    "string": frozenset({"format", "minLength", "maxLength"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset(),
    "null": frozenset(),
}
_FORMATS: Final = {
    "date-time": "2026-11-23T09:00:00Z",
    "date": "2026-11-23",
    "time": "09:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_CHOICES: Final = ("anyOf", "oneOf")
_LONGEST: Final = 10_000
_MOST_ITEMS: Final = 100
_MOST_VALUES: Final = 10_000


def example(schema: Mapping[str, Any], words: str) -> Any:
    """A value of this schema. Of choices it takes the first; texts without a form of their own are ``words``.

    A schema's own ``examples`` and ``default`` are taken at their word, which helps where it says more than
    can be made up here, as a ``pattern``.

    Raises:
        Unsayable: the schema says what no value can be made up for.
    """
    try:
        return _MakingUp(words).of(plain(schema))
    except (ArithmeticError, TypeError, ValueError):
        raise Unsayable("a schema with a bound of such a form") from None


class _MakingUp:
    """One value on its way. Lists of lists of lists can grow without end, so values are counted."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._values = 0

    def of(self, schema: Mapping[str, Any]) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise Unsayable("so large a schema")
        if schema.get("enum"):
            return schema["enum"][0]
        if isinstance(schema.get("examples"), list) and schema["examples"]:
            return schema["examples"][0]
        if "default" in schema:
            return schema["default"]
        for choice in _CHOICES:
            if choice in schema:
                rest = {name: value for name, value in schema.items() if name != choice}
                return self.of({**rest, **schema[choice][0]})
        return self._of_type(_type_of(schema), schema)

    def _of_type(self, kind: str, schema: Mapping[str, Any]) -> Any:
        strange = schema.keys() - ANNOTATIONS - {"type", "enum"} - _KNOWN.get(kind, frozenset())
        if strange or kind not in _KNOWN:
            raise Unsayable(f"{min(strange, default=kind)!r}; give the schema an example or a default")
        match kind:
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case "string":
                return self._string(schema)
            case "integer" | "number":
                return _number(schema, whole=kind == "integer")
            case _:
                return True if kind == "boolean" else None

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: self.of(one) for name, one in schema.get("properties", {}).items()}
        others = schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name in made:
                continue
            if others is False:
                raise Unsayable(f"{name!r}, which is required and may not be there")
            made[name] = self._words if others is True else self.of(others)
        return made

    def _array(self, schema: Mapping[str, Any]) -> list[Any]:
        first = [self.of(one) for one in schema.get("prefixItems", ())]
        items = schema.get("items", True)
        least, most = schema.get("minItems", 0), schema.get("maxItems", _MOST_ITEMS)
        wanted = min(max(least, 1), most)
        if least > min(most, _MOST_ITEMS) or (items is False and least > len(first)):
            raise Unsayable(f"{least} items")
        while len(first) < wanted and items is not False:
            first.append(self._words if items is True else self.of(items))
        return first[:most]

    def _string(self, schema: Mapping[str, Any]) -> str:
        if "format" in schema:
            if schema["format"] not in _FORMATS:
                raise Unsayable(f"the format {schema['format']!r}; give the schema an example or a default")
            return _FORMATS[schema["format"]]
        least, most = schema.get("minLength", 0), schema.get("maxLength", _LONGEST)
        if least > min(most, _LONGEST):
            raise Unsayable(f"a text of {least} characters")
        return self._words.ljust(least, ".")[:most]


def _type_of(schema: Mapping[str, Any]) -> str:
    said = schema.get("type")
    if isinstance(said, list):
        return next((kind for kind in said if kind != "null"), "null")
    if said is not None:
        return str(said)
    return next((kind for kind, words in _KNOWN.items() if words & schema.keys()), "string")


def _number(schema: Mapping[str, Any], *, whole: bool) -> float | int:
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    step = schema.get("multipleOf", 1 if whole else None)
    low, high = max(least, above), min(most, below)
    for start in filter(math.isfinite, (1, low, high, (low + high) / 2)):
        for found in _near(start, step):
            if least <= found <= most and above < found < below and (not whole or found == int(found)):
                return int(found) if whole else found
    raise Unsayable("a number within these bounds; give the schema an example or a default")


def _near(start: float, step: float | None) -> tuple[float, ...]:
    """A number, or the multiples around it, and its neighbours."""
    if step is None:
        return start, start + 1, start - 1
    times = math.ceil(start / step)
    return times * step, (times + 1) * step, (times - 1) * step
