"""A check of JSON by the part of JSON Schema that the API's description uses, stricter where it matters."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

Schema = Mapping[str, Any]
Json = Mapping[str, Any]

_ANNOTATIONS: Final = {"title", "description", "default", "examples"}
_KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_FORMATS: Final[Mapping[str, Callable[[str], object]]] = {
    "uuid": UUID,
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
}


def faults(value: Any, schema: Schema, schemas: Mapping[str, Schema], at: str = "$") -> list[str]:
    """Where the value is not as the schema says; nothing if it is.

    Stricter than JSON Schema: a field that no schema names is a fault, unless it says what other fields hold,
    and so is a word of the schema that this check does not know.

    Args:
        value: decoded JSON.
        schema: what it should be.
        schemas: what ``#/components/schemas/`` holds.
        at: where in the document the value stands.
    """
    if "$ref" in schema:
        return faults(value, schemas[schema["$ref"].removeprefix("#/components/schemas/")], schemas, at)
    if "oneOf" in schema:
        tried = [faults(value, choice, schemas, at) for choice in schema["oneOf"]]
        return [] if [] in tried else [f"{at} is none of {len(tried)} choices: {tried}"]
    unknown = {*schema} - _ANNOTATIONS - {*_WORDS} - {"properties", "required", "additionalProperties"}
    if unknown:
        return [f"{at}: this check does not know {sorted(unknown)}"]
    said = [_WORDS[word](value, schema, schemas, at) for word in _WORDS if word in schema]
    return [fault for found in said for fault in found]


def _type(value: Any, schema: Schema, schemas: Mapping[str, Schema], at: str) -> list[str]:
    if not _KINDS[schema["type"]](value):
        return [f"{at} is no {schema['type']}"]
    return _fields(value, schema, schemas, at) if schema["type"] == "object" else []


def _enum(value: Any, schema: Schema, _schemas: Mapping[str, Schema], at: str) -> list[str]:
    return [] if value in schema["enum"] else [f"{at} is {value!r}, none of {schema['enum']}"]


def _format(value: Any, schema: Schema, _schemas: Mapping[str, Schema], at: str) -> list[str]:
    try:
        _FORMATS[schema["format"]](str(value))
    except ValueError:
        return [f"{at} is no {schema['format']}"]
    return []


def _items(value: Any, schema: Schema, schemas: Mapping[str, Schema], at: str) -> list[str]:
    rows = value if isinstance(value, list) else []
    return [
        fault
        for place, item in enumerate(rows)
        for fault in faults(item, schema["items"], schemas, f"{at}[{place}]")
    ]


def _fields(value: Json, schema: Schema, schemas: Mapping[str, Schema], at: str) -> list[str]:
    fields, others = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{at} lacks {field}" for field in schema.get("required", []) if field not in value]
    for field, held in value.items():
        kind = fields.get(field, others)
        if kind is None:
            found.append(f"{at} has {field}, which nothing names")
        else:
            found += faults(held, kind, schemas, f"{at}.{field}")
    return found


_WORDS: Final = {
    "type": _type,
    "enum": _enum,
    "format": _format,
    "items": _items,
}
