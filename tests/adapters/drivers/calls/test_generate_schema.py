"""Which of Gemini's two forms a JSON Schema takes, and what neither can say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drivers.calls.generate_schema import schema_field
from domain.call import Inexpressible

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
SAID_OBJECT = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}


def said(schema: dict[str, Any]) -> dict[str, Any]:
    return schema_field("older", "newer", schema, "field")


def within(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, **more}


def refused(schema: dict[str, Any]) -> str:
    with pytest.raises(Inexpressible) as caught:
        said(schema)
    assert caught.value.field == "field"
    return caught.value.reason


@pytest.mark.parametrize(
    ("schema", "older"),
    [
        ({"$schema": "x", "$id": "y", **OBJECT, "additionalProperties": False}, SAID_OBJECT),
        ({**OBJECT, "additionalProperties": True}, SAID_OBJECT),
        ({"properties": {}, "additionalProperties": False}, {"type": "OBJECT", "properties": {}}),
        ({"items": {"type": "integer"}}, {"type": "ARRAY", "items": {"type": "INTEGER"}}),
        ({"type": "null"}, {"type": "NULL"}),
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        (
            {"type": ["string", "integer"], "minLength": 1, "minimum": 2},
            {"anyOf": [{"type": "STRING", "minLength": 1}, {"type": "INTEGER", "minimum": 2}]},
        ),
        ({"const": "a"}, {"type": "STRING", "enum": ["a"]}),
        ({"const": None}, {"type": "NULL"}),
        ({"enum": ["a", None]}, {"type": "STRING", "enum": ["a"], "nullable": True}),
        ({"type": "string", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        (
            {"type": "string", "format": "uri", "description": "Where"},
            {"type": "STRING", "description": "Where (format: uri)"},
        ),
        (
            {"type": "boolean", "default": True, "examples": [True], "x-note": 1},
            {"type": "BOOLEAN", "default": True},
        ),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "INTEGER", "minimum": 1}),
        (
            {"type": "string", "allOf": [{"type": "string", "minLength": 1}]},
            {"type": "STRING", "minLength": 1},
        ),
        ({"type": "integer", "exclusiveMaximum": 9}, {"type": "INTEGER", "maximum": 8}),
        (
            {"type": "array", "items": {"type": "number"}, "uniqueItems": False},
            {"type": "ARRAY", "items": {"type": "NUMBER"}},
        ),
    ],
)
def test_what_the_older_form_can_say_is_said_in_it(schema: dict[str, Any], older: dict[str, Any]) -> None:
    assert said(schema) == {"older": older}


def test_a_choice_stands_alone_and_what_tells_about_it_is_told_of_each_branch() -> None:
    branches = [{"type": "string", "description": "A name"}, {"type": "integer"}, {"type": "null"}]
    assert said({"description": "Who", "default": None, "oneOf": branches, "discriminator": {}}) == {
        "older": {
            "anyOf": [
                {"type": "STRING", "description": "A name", "nullable": True},
                {"type": "INTEGER", "description": "Who"},
            ]
        }
    }
    optional = {"title": "A", "anyOf": [{"type": "string"}, {"type": "null"}]}
    assert said(optional) == {"older": {"type": "STRING", "title": "A", "nullable": True}}
    assert said({"anyOf": [{"type": "null"}]}) == {"older": {"type": "NULL"}}


def test_references_are_resolved_and_what_stands_beside_them_holds_too() -> None:
    definitions = {"a/b c": {"type": "string", "description": "Far"}, "Long": {"minLength": 3}}
    near = {"$ref": "#/$defs/a~1b%20c", "description": "Near", "allOf": [{"$ref": "#/$defs/Long"}]}
    string = {"type": "STRING", "description": "Near", "minLength": 3}
    assert said(within(near, **{"$defs": definitions})) == {
        "older": {"type": "OBJECT", "properties": {"a": string}}
    }
    listed = {"anyOf": [{"type": "string"}, {"$ref": "#/anyOf/0"}]}
    assert said(listed) == {"older": {"anyOf": [{"type": "STRING"}, {"type": "STRING"}]}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "additionalProperties": True},
        {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
        {"type": "integer", "enum": [1, 2]},
        {"type": "array"},
        within({}),
        {"anyOf": [{"type": "string"}], "type": "string"},
    ],
)
def test_what_only_the_newer_form_can_say_is_said_in_it(schema: dict[str, Any]) -> None:
    assert said(schema) == {"newer": schema}


def test_the_newer_form_is_told_of_no_word_that_it_does_not_know() -> None:
    inner = {"type": "string", "default": "a", "format": "uri"}
    schema = {"type": "object", "additionalProperties": inner, "examples": [{}], "uniqueItems": False}
    newer = {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}
    assert said(schema) == {"newer": newer}
    either = {"type": "object", "additionalProperties": {"anyOf": [inner, {"enum": ["a", 1]}]}}
    branches = [newer["additionalProperties"], {"enum": ["a", 1]}]
    assert said(either) == {"newer": {"type": "object", "additionalProperties": {"anyOf": branches}}}


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        (within({"not": {}}), "not"),
        ({"type": "number", "exclusiveMinimum": 0}, "exclusiveMinimum"),
        ({"type": "array", "items": {}, "uniqueItems": True}, "uniqueItems"),
        ({"type": "object", "additionalProperties": {"pattern": "a"}}, "pattern"),
        ({"const": True}, "enum"),
        ({"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}, "refers to itself"),
        ({"$ref": "#"}, "refers to itself"),
        ({"$ref": "https://example.com/a.json"}, "another document"),
        ({"$ref": 1}, "another document"),
        ({"$ref": "#/$defs/None"}, "reference to nothing"),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/anyOf/x"}]}, "reference to nothing"),
        ({"$ref": "#/title/x", "title": "A"}, "reference to nothing"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "type of two schemas"),
        (within(True), "no object"),
        ({"type": "object", "required": ["b"], **OBJECT, "minProperties": 1}, "minProperties"),
    ],
)
def test_what_neither_form_can_say_is_refused_by_its_name(schema: dict[str, Any], word: str) -> None:
    assert word in refused(schema)


def test_a_required_property_that_is_not_described_needs_the_newer_form() -> None:
    assert said({**OBJECT, "required": ["b"]}) == {"newer": {**OBJECT, "required": ["b"]}}
    assert said({**OBJECT, "required": ["a"]}) == {"older": {**SAID_OBJECT, "required": ["a"]}}


def test_an_unknown_type_is_left_to_the_vendor_to_refuse() -> None:
    assert said({"type": "text"}) == {"newer": {"type": "text"}}


def test_a_schema_that_grows_without_bound_is_refused_before_it_has_grown() -> None:
    doubling = {
        f"D{level}": within({"$ref": f"#/$defs/D{level + 1}"}, items={"$ref": f"#/$defs/D{level + 1}"})
        for level in range(40)
    }
    assert "large or deep" in refused(
        {"$ref": "#/$defs/D0", "$defs": {**doubling, "D40": {"type": "string"}}}
    )
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(60):
        deep = {"type": "array", "items": deep}
    assert "large or deep" in refused(deep)


_WORDS = st.sampled_from(
    [
        "type",
        "properties",
        "items",
        "anyOf",
        "oneOf",
        "allOf",
        "enum",
        "const",
        "required",
        "format",
        "$ref",
        "additionalProperties",
        "prefixItems",
        "pattern",
        "minimum",
        "exclusiveMinimum",
        "description",
        "default",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["string", "object", "null", "#", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_WORDS, _JSON, max_size=5))
def test_whatever_a_caller_sends_for_a_schema_becomes_a_form_or_a_refusal(schema: dict[str, Any]) -> None:
    try:
        form = said(schema)
    except Inexpressible:
        return
    assert form.keys() <= {"older", "newer"}


_KINDS = st.sampled_from(["string", "integer", "boolean"]).map(lambda kind: {"type": kind})
_GOOD = st.recursive(
    _KINDS,
    lambda inner: (
        inner.map(lambda one: {"type": "array", "items": one})
        | st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(
            lambda properties: {"type": "object", "properties": properties, "required": sorted(properties)}
        )
    ),
)


@given(_GOOD)
def test_the_common_part_of_both_worlds_comes_through_whole(schema: dict[str, Any]) -> None:
    def lowered(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: value.lower() if key == "type" and isinstance(value, str) else lowered(value)
                for key, value in node.items()
            }
        return node

    assert lowered(said(schema)["older"]) == schema
