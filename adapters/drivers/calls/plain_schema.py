"""A JSON Schema in fewer words and with the same meaning: no references, no ``allOf``, no ``const``.

https://json-schema.org/draft/2020-12. Vendors whose schemas are a part of JSON Schema start from this form.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
"""Words that tell about a value and forbid none."""

_MOST_NODES = 5_000  # references to references can grow without end
_DEEPEST = 50
_LEFT_OUT = frozenset(
    {"$ref", "allOf", "const", "$defs", "definitions", "$schema", "$id", "$anchor", "$comment"}
)
_SCHEMAS = frozenset({"items", "additionalProperties"})
_LISTS_OF_SCHEMAS = frozenset({"anyOf", "oneOf", "prefixItems"})
_TEXTS = frozenset({"format", "pattern"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "enum"})


class Unsayable(Exception):
    """A schema says what another form has no words for; the message names it."""


def plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema in fewer words.

    Raises:
        Unsayable: it refers to itself or to elsewhere, contradicts itself, or is too large.
    """
    return _Rewriting(schema).of(schema, ())


class _Rewriting:
    """One schema on its way; ``within`` are the references that were followed to where it is."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._nodes = 0
        self._depth = 0

    def of(self, schema: object, within: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(schema, Mapping):
            raise Unsayable("a schema that is no object")
        self._nodes += 1
        self._depth += 1
        if self._nodes > _MOST_NODES or self._depth > _DEEPEST:
            raise Unsayable("so large or deep a schema")
        _check_forms(schema)
        said = {
            name: self._inside(name, value, within) for name, value in schema.items() if name not in _LEFT_OUT
        }
        for other in self._others(schema, within):
            said = _both(said, other)
        self._depth -= 1
        return _with_whole_bounds(said)

    def _inside(self, name: str, value: Any, within: tuple[str, ...]) -> Any:
        if name in _SCHEMAS and not isinstance(value, bool):
            return self.of(value, within)
        if name in _LISTS_OF_SCHEMAS:
            return [self.of(one, within) for one in value]
        if name == "properties":
            return {key: self.of(one, within) for key, one in value.items()}
        return value

    def _others(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """What else must hold beside a schema's own words."""
        if "const" in schema:
            yield {"enum": [schema["const"]]}
        for one in schema.get("allOf", ()):
            yield self.of(one, within)
        if "$ref" in schema:
            reference = schema["$ref"]
            if reference in within:
                raise Unsayable("a schema that refers to itself")
            yield self.of(self._target(reference), (*within, reference))

    def _target(self, reference: object) -> object:
        """https://www.rfc-editor.org/rfc/rfc6901, within the same document."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise Unsayable("a reference to another document")
        found: Any = self._root
        for step in unquote(reference[1:]).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(name)] if isinstance(found, list) else found[name]
            except (LookupError, TypeError, ValueError):
                raise Unsayable("a reference to nothing") from None
        return found


def _check_forms(schema: Mapping[str, Any]) -> None:
    """What comes from a caller may be anything; later readers rely on the forms of these words."""
    for name, value in schema.items():
        fits = True
        if name in _TEXTS:
            fits = isinstance(value, str)
        elif name in _LISTS:
            fits = isinstance(value, list) and bool(value)
        elif name == "properties":
            fits = isinstance(value, Mapping)
        elif name in ("required", "type"):
            texts = [value] if name == "type" and isinstance(value, str) else value
            fits = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
            fits = fits and (name == "required" or bool(texts))
        if not fits:
            raise Unsayable(f"{name} of such a form")


def _both(own: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One schema for both; what tells about the value is told by the nearer one."""
    for name in own.keys() & other.keys() - ANNOTATIONS:
        if own[name] != other[name]:
            raise Unsayable(f"{name} of two schemas at once")
    return {**other, **own}


def _with_whole_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """Above 0 is from 1 on, where numbers are whole."""
    for exclusive, inclusive, step in (
        ("exclusiveMinimum", "minimum", 1),
        ("exclusiveMaximum", "maximum", -1),
    ):
        bound = schema.get(exclusive)
        if schema.get("type") == "integer" and type(bound) is int and inclusive not in schema:
            del schema[exclusive]
            schema[inclusive] = bound + step
    return schema
