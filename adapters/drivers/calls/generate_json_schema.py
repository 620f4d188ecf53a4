"""JSON Schemas in the words that ``parametersJsonSchema`` and ``responseJsonSchema`` of Gemini know.

https://ai.google.dev/api/generate-content#v1beta.GenerationConfig
"""

from collections.abc import Mapping
from typing import Any

from adapters.drivers.calls.plain_schema import Unsayable

_KNOWN = frozenset(
    {"type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"}
    | {"minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required"}
)
_UNKNOWN = frozenset(
    {
        "not",
        "if",
        "patternProperties",
        "propertyNames",
        "dependencies",
        "dependentSchemas",
        "dependentRequired",
    }
    | {
        "unevaluatedProperties",
        "unevaluatedItems",
        "contains",
        "uniqueItems",
        "multipleOf",
        "additionalItems",
    }
    | {"exclusiveMinimum", "exclusiveMaximum", "$dynamicRef", "$recursiveRef"}
    | {"minLength", "maxLength", "pattern", "minProperties", "maxProperties"}
)


def json_schema_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """A plain schema with remarks left out that Gemini does not know.

    Raises:
        Unsayable: a rule in it has no word there.
    """
    for name in _UNKNOWN & node.keys():
        if node[name] is not False:
            raise Unsayable(name)
    return {name: _inside(name, value) for name, value in node.items() if name in _KNOWN}


def _inside(name: str, value: Any) -> Any:
    match name:
        case "items" | "additionalProperties" if isinstance(value, Mapping):
            return json_schema_of(value)
        case "anyOf" | "oneOf" | "prefixItems":
            return [json_schema_of(one) for one in value]
        case "properties":
            return {key: json_schema_of(one) for key, one in value.items()}
        case "enum" if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in value):
            raise Unsayable("an enum of other values than strings and numbers")
    return value
