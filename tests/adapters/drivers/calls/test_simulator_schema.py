"""Values that are made up to fit a schema, and schemas that nothing is made up for."""

from datetime import date, datetime
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, Field

from adapters.drivers.calls.plain_schema import Unsayable
from adapters.drivers.calls.simulator_schema import example


class Colour(Enum):
    """One of two."""

    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    """What an outer one holds."""

    kind: Literal["inner"]
    share: Annotated[float, Field(gt=0.25, lt=0.5)]


class Outer(BaseModel, extra="forbid"):
    """All that pydantic's schemas commonly say."""

    name: Annotated[str, Field(min_length=3, max_length=20)]
    code: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["ABC"])]
    level: Annotated[int, Field(ge=10, le=20, multiple_of=4)]
    colour: Colour
    inner: Inner
    inners: Annotated[list[Inner], Field(min_length=2, max_length=3)]
    pair: tuple[int, str]
    maybe: int | None
    nothing: None
    flag: bool
    kept: int = 7
    at: datetime
    on: date
    identity: UUID
    link: AnyUrl
    v4: IPv4Address
    v6: IPv6Address
    notes: dict[str, int]


@pytest.mark.parametrize("words", ["", "x", "Hello, world " * 9])
def test_a_value_fits_what_pydantic_asks_for(words: str) -> None:
    made = Outer.model_validate(example(Outer.model_json_schema(), words))
    assert (made.code, made.kept, made.level) == ("ABC", 7, 12)


BOUNDS = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={
        "minimum": st.integers(-50, 50),
        "maximum": st.integers(-50, 50),
        "exclusiveMinimum": st.integers(-50, 50),
        "exclusiveMaximum": st.integers(-50, 50),
        "multipleOf": st.integers(1, 9),
    },
)


@given(BOUNDS)
def test_a_number_keeps_to_its_bounds_or_is_not_made_up(schema: dict[str, Any]) -> None:
    try:
        found = example(schema, "")
    except Unsayable:
        return
    assert schema.get("minimum", -99) <= found <= schema.get("maximum", 99)
    assert schema.get("exclusiveMinimum", -99) < found < schema.get("exclusiveMaximum", 99)
    assert found % schema.get("multipleOf", 1) == 0 or schema["type"] == "number"
    assert schema["type"] == "number" or isinstance(found, int)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, "words"),
        ({"properties": {"a": {"type": "boolean"}}}, {"a": True}),
        ({"type": "object", "required": ["a"]}, {"a": "words"}),
        ({"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}}, {"a": 1}),
        ({"type": ["null", "integer"]}, 1),
        ({"type": ["null"]}, None),
        ({"type": "array"}, ["words"]),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, [1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 1, 1]),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 1),
        ({"anyOf": [{"minimum": 5}], "type": "integer"}, 5),
        ({"type": "number", "exclusiveMinimum": 0.2, "exclusiveMaximum": 0.4, "multipleOf": 0.1}, 0.3),
        ({"type": "string", "minLength": 8}, "words..."),
        ({"type": "string", "maxLength": 2}, "wo"),
        ({"const": 5}, 5),
        ({"type": "integer", "examples": []}, 1),
        ({"type": "number", "maximum": 0}, 0),
        ({"type": "integer", "multipleOf": 1.5}, 3),
    ],
    ids=str,
)
def test_the_value_of_a_schema_is_always_the_same(schema: dict[str, Any], value: Any) -> None:
    found = example(schema, "words")
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


def _nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        inner = {"type": "array", "minItems": 100, "items": inner}
    return inner


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string", "pattern": "^a$"}, "pattern"),
        ({"type": "string", "format": "iri"}, "the format 'iri'"),
        ({"type": "string", "minLength": 10**9}, "a text of"),
        ({"type": "string", "minLength": 5, "maxLength": 4}, "a text of"),
        ({"type": "array", "minItems": 10**9}, "items"),
        ({"type": "array", "minItems": 2, "items": False}, "2 items"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"type": "object", "required": ["a"], "additionalProperties": False}, "'a'"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "a number within"),
        ({"type": "number", "multipleOf": 0}, "bound of such a form"),
        ({"type": "integer", "minimum": "five"}, "bound of such a form"),
        ({"type": "person"}, "'person'"),
        ({"$ref": "#"}, "refers to itself"),
        (_nested(5), "so large a schema"),
    ],
    ids=str,
)
def test_what_nothing_can_be_made_up_for_is_named(schema: dict[str, Any], why: str) -> None:
    with pytest.raises(Unsayable, match=why):
        example(schema, "words")


def test_the_check_of_these_values_finds_a_wrong_one() -> None:
    made = example(Outer.model_json_schema(), "words")
    with pytest.raises(ValueError, match="level"):
        Outer.model_validate({**made, "level": 11})
