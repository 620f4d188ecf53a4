"""The check that all answers of these tests pass through: it takes what is documented, and nothing else."""

from typing import Any

import httpx
import pytest

from tests.support.documented_answers import DocumentedAnswers
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.json_schema import Schema, faults

_PET: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "born": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "kind": {"$ref": "#/components/schemas/Kind"},
        "legs": {"type": "array", "items": {"type": "integer"}},
        "tags": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
    "required": ["id"],
}
_SCHEMAS: dict[str, Schema] = {"Kind": {"type": "string", "enum": ["cat", "dog"]}}
_ID = "0192f000-0000-7000-8000-000000000001"
_FELIX = {"id": _ID, "born": "2026-11-23T09:00:00Z", "kind": "cat", "legs": [1, 2], "tags": {"shy": True}}


def test_a_value_that_is_as_the_schema_says_has_no_fault() -> None:
    assert faults(_FELIX, _PET, _SCHEMAS) == []
    assert faults({"id": _ID, "born": None}, _PET, _SCHEMAS) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "one"),
        ("id", None),
        ("born", "yesterday"),
        ("kind", "cow"),
        ("legs", [1, "two"]),
        ("legs", [True]),
        ("legs", {}),
        ("tags", {"shy": "very"}),
        ("colour", "grey"),
    ],
)
def test_a_value_that_is_not_as_the_schema_says_is_found(field: str, value: Any) -> None:
    assert faults({**_FELIX, field: value}, _PET, _SCHEMAS) != []


def test_a_missing_field_and_a_word_that_the_check_does_not_know_are_found() -> None:
    assert faults({}, _PET, _SCHEMAS) == ["$ lacks id"]
    assert faults([], _PET, _SCHEMAS) == ["$ is no object"]
    assert faults("a", {"type": "string", "minLength": 2}, {}) == [
        "$: this check does not know ['minLength']"
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "media_type", "body"),
    [
        ("GET", "/health", 418, "application/json", '{"status": "ok"}'),
        ("GET", "/health", 200, "text/plain", '{"status": "ok"}'),
        ("GET", "/health", 200, "application/json", '{"state": "ok"}'),
        ("DELETE", f"/v1/tokens/{_ID}", 204, "application/json", "{}"),
        ("GET", "/v1/llm-models/default", 404, "application/problem+json", "{}"),
    ],
)
def test_an_undocumented_answer_fails_the_test_that_gets_it(
    keyroll: DocumentedKeyroll, method: str, path: str, status: int, media_type: str, body: str
) -> None:
    documented = DocumentedAnswers(keyroll.url)
    request = httpx.Request(method, keyroll.url + path)
    good = httpx.Response(200, request=httpx.Request("GET", f"{keyroll.url}/health"), json={"status": "ok"})
    documented.check(good)
    with pytest.raises(AssertionError, match=path):
        documented.check(
            httpx.Response(status, request=request, headers={"content-type": media_type}, text=body)
        )
