"""JSON Schemas as Gemini's: in the older form that all models read, else in the newer one, which says more.

https://ai.google.dev/api/caching#Schema (``Schema``), https://ai.google.dev/api/generate-content
(``responseJsonSchema`` lists the words that it knows). A schema becomes narrower, never wider: an answer that
fits what Gemini is told fits what the caller asked for. What would make it wider is refused.
"""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.generate_json_schema import json_schema_of
from adapters.drivers.calls.plain_schema import Unsayable, plain
from domain.call import Inexpressible

_RULES: Mapping[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "boolean": (),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_FORMATS: Mapping[str, frozenset[str]] = {
    "string": frozenset({"enum", "date-time"}),
    "number": frozenset({"float", "double"}),
    "integer": frozenset({"int32", "int64"}),
}
UNKNOWN = frozenset(
    {
        "not",
        "if",
        "patternProperties",
        "propertyNames",
        "dependencies",
        "dependentSchemas",
        "dependentRequired",
    }
    | {"unevaluatedProperties", "unevaluatedItems", "contains", "uniqueItems", "multipleOf", "prefixItems"}
    | {"exclusiveMinimum", "exclusiveMaximum", "additionalItems", "$dynamicRef", "$recursiveRef"}
)


def schema_field(older: str, newer: str, schema: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The schema under the name of the form that can say it.

    Raises:
        Inexpressible: neither form can; it names ``field``.
    """
    try:
        simple = plain(schema)
        try:
            return {older: _schema_of(simple)}
        except Unsayable:
            return {newer: json_schema_of(simple)}
    except Unsayable as missing:
        reason = f"Gemini's schemas have no words for {missing}; say it in a description instead"
        raise Inexpressible(field, reason) from None


def _schema_of(node: Mapping[str, Any]) -> dict[str, Any]:
    for name in UNKNOWN & node.keys():
        if node[name] is not False:
            raise Unsayable(name)
    for name in ("anyOf", "oneOf"):
        if name in node:
            return _any_of(node, name)
    kinds = _kinds(node)
    values = node.get("enum", ())
    said = [_one_kind(node, kind) for kind in kinds if kind != "null"] or [{"type": "NULL"}]
    return _choice(said, nullable="null" in kinds or None in values)


def _any_of(node: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Gemini wants nothing beside a choice, so what tells about it is told of each of its branches."""
    about = {key: node[key] for key in ("title", "description") if key in node}
    if "type" in node or "properties" in node or "enum" in node or {"anyOf", "oneOf"} <= node.keys():
        raise Unsayable(f"{name} beside other rules")
    branches = [{**about, **branch} for branch in node[name]]
    some = [_schema_of(branch) for branch in branches if branch.get("type") != "null"]
    return _choice(some or [{"type": "NULL"}], nullable=len(some) < len(branches))


def _choice(said: list[dict[str, Any]], *, nullable: bool) -> dict[str, Any]:
    if nullable and said[0].get("type") != "NULL":
        said[0] = {**said[0], "nullable": True}
    return said[0] if len(said) == 1 else {"anyOf": said}


def _kinds(node: Mapping[str, Any]) -> list[str]:
    named = node.get("type")
    if isinstance(named, list):
        return named
    if isinstance(named, str):
        return [named]
    if "properties" in node:
        return ["object"]
    if "items" in node:
        return ["array"]
    if "enum" in node:
        return ["null"] if node["enum"] == [None] else ["string"]
    raise Unsayable("a value of any type")


def _one_kind(node: Mapping[str, Any], kind: str) -> dict[str, Any]:
    if kind not in _RULES:
        raise Unsayable(f"the type {kind}")
    kept = ("title", "description", *_RULES[kind])
    said: dict[str, Any] = {"type": kind.upper()} | {name: node[name] for name in kept if name in node}
    if node.get("default") is not None:
        said["default"] = node["default"]
    if "enum" in node:
        said["enum"] = _enum(node["enum"], kind)
    if "format" in node:
        said |= _format(node, kind)
    if kind == "object":
        said |= _object(node)
    elif kind == "array":
        if not isinstance(node.get("items"), Mapping):
            raise Unsayable("a list of anything")
        said["items"] = _schema_of(node["items"])
    return said


def _enum(values: list[Any], kind: str) -> list[str]:
    strings = [value for value in values if value is not None]
    if kind != "string" or not all(isinstance(value, str) for value in strings):
        raise Unsayable("an enum of other values than strings")
    return strings


def _format(node: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Gemini refuses formats that it does not know; they are remarks in JSON Schema, and become one."""
    form = node["format"]
    if form in _FORMATS.get(kind, ()):
        return {"format": form}
    return {"description": f"{node.get('description', '')} (format: {form})".strip()}


def _object(node: Mapping[str, Any]) -> dict[str, Any]:
    properties = node.get("properties") or {}
    others = node.get("additionalProperties", not properties)
    if isinstance(others, Mapping) or (others and not properties):
        raise Unsayable("an object of any properties")
    required = node.get("required", [])
    if not set(required) <= properties.keys():
        raise Unsayable("a required property that is not described")
    said: dict[str, Any] = {"properties": {name: _schema_of(one) for name, one in properties.items()}}
    return said | {"required": required} if required else said
