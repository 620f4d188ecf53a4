"""Bodies are taken at their word: a value has the JSON type that the API's description gives its field."""

import json
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from api.http import problems_list as kinds
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.hooks import register_hook
from tests.support.steps import Json, add_model, add_provider, change_model, problem

_VALUES: Final[dict[str, list[Any]]] = {
    "string": ["1234", "true", "null", ""],
    "integer": [0, 1_800_000_000],
    "number": [1.5],
    "boolean": [True],
    "null": [None],
    "array": [[]],
    "object": [{}],
}
"""Of each JSON type, what a lax reader would take for another one."""

_JSON: Final = {"Content-Type": "application/json"}


def _types(schema: Json) -> set[str]:
    said = schema.get("type", "string")
    return {said} if isinstance(said, str) else set(said)


class Described:
    """The fields of the bodies that the API's description knows."""

    def __init__(self, description: Json) -> None:
        self._description = description

    def bodies(self) -> Iterator[tuple[str, str, Json]]:
        """Each method and path that take a body, with its schema."""
        for path, operations in self._description["paths"].items():
            for method, operation in operations.items():
                if "requestBody" in operation:
                    schema = operation["requestBody"]["content"]["application/json"]["schema"]
                    yield method.upper(), path, schema

    def wrong_values(self, schema: Json) -> Iterator[tuple[str, Any]]:
        """The name of each field, and within what value, of another type than its own."""
        forms = [self._resolved(one) for one in schema.get("oneOf", [schema])]
        allowed = set().union(*(_types(form) for form in forms))
        allowed |= {"integer"} if "number" in allowed else set()
        yield from (
            ("", value) for kind, values in _VALUES.items() if kind not in allowed for value in values
        )
        for form in forms:
            for name, field in form.get("properties", {}).items():
                for inner, value in self.wrong_values(field):
                    yield f".{name}{inner}", {name: value}
            if "items" in form:
                yield from ((f"[0]{inner}", [value]) for inner, value in self.wrong_values(form["items"]))
            if isinstance(form.get("additionalProperties"), dict):
                values = self.wrong_values(form["additionalProperties"])
                yield from ((inner, {"a": value}) for inner, value in values)

    def _resolved(self, schema: Json) -> Json:
        if "$ref" not in schema:
            return schema
        found: Json = self._description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found


@pytest.fixture
def described(keyroll: DocumentedKeyroll) -> Described:
    """The description of the running Keyroll."""
    return Described(httpx.get(f"{keyroll.url}/schema/openapi.json", trust_env=False).json())


def test_a_value_of_another_type_is_refused_in_every_field_of_every_body(
    http: httpx.Client, described: Described
) -> None:
    asked: set[str] = set()
    for method, path, schema in described.bodies():
        own = "/".join(str(uuid4()) if part.startswith("{") else part for part in path.split("/"))
        for field, value in described.wrong_values(schema):
            refused = http.request(method, own, content=json.dumps(value), headers=_JSON)
            assert refused.status_code == 422, (method, path, value, refused.text)
            named = problem(refused, kinds.INVALID)["errors"][0]["field"]
            assert named == (field.removeprefix(".") or "body"), (method, path, value, refused.text)
            asked.add(f"{method} {path} {field}")
    assert len(asked) > 60
    assert "PATCH /v1/llm-models/{model_id} .prices.input" in asked
    assert "POST /v1/llm-providers/{provider_id}/models .input_modalities[0]" in asked


def test_a_text_that_spells_null_erases_nothing(http: httpx.Client) -> None:
    model = add_model(http, add_provider(http), "gpt-5", context_window=1000)
    change_model(http, model, context_window=2000)
    for value in ("null", "1234", True, 1.5):
        refused = http.patch(f"/v1/llm-models/{model['id']}", json={"context_window": value})
        problem(refused, kinds.INVALID)
    assert http.get(f"/v1/llm-models/{model['id']}").json()["context_window"] == 2000
    assert change_model(http, model, context_window=None)["context_window"] == 1000


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"prices": {"input": "-1"}}, "prices.input", "must be US dollars in a text, as "),
        ({"prices": {"input": "1e400"}}, "prices.input", "must be US dollars in a text, as "),
        ({"prices": {"inputt": "1"}}, "prices.inputt", "is no field of this request"),
        ({"status": None}, "status", "must be one of: active, disabled"),
        ({"status": "gone"}, "status", "must be one of: active, disabled"),
        ({"is_default": 1}, "is_default", "must be true or false"),
        ({"context_window": "1"}, "context_window", "must be a whole number, or null"),
        (
            {"context_window": 10**12},
            "context_window",
            "must be a whole number of tokens from 1 to 2147483647",
        ),
        ({"capabilities": {"vision": "yes"}}, "capabilities", "must be true or false, or null"),
        ({"retires_at": "soon"}, "retires_at", "must be an instant with its offset from UTC, as "),
        ({"retires_at": "9999-12-31T23:59:59Z"}, "retires_at", "must lie between 1971-01-01T00:00:00Z and "),
    ],
    ids=str,
)
def test_a_refused_field_is_told_what_it_must_be(
    http: httpx.Client, body: Json, field: str, detail: str
) -> None:
    model = add_model(http, add_provider(http), "gpt-5")
    found = problem(http.patch(f"/v1/llm-models/{model['id']}", json=body), kinds.INVALID)["errors"][0]
    assert (found["field"], found["detail"][: len(detail)]) == (field, detail)


def test_other_bodies_are_told_what_they_must_be(http: httpx.Client) -> None:
    provider = add_provider(http)
    models = f"/v1/llm-providers/{provider['id']}/models"
    rotate = f"/v1/webhooks/{uuid4()}/rotate-secret"
    for path, body, told in (
        (models, {"model_id": "m", "input_modalities": ["?"]}, "input_modalities[0] must be a word as text"),
        (models, {"model_id": "m", "input_modalities": ["a"] * 21}, "input_modalities must be a list of at"),
        (models, {}, "model_id is required"),
        ("/v1/tokens", {"name": "a", "role": "owner"}, "role must be one of: admin, viewer, caller"),
        (rotate, {"overlap_hours": 200}, "overlap_hours must be a whole number from 0 to 168"),
        ("/v1/tokens", [], "body must be an object"),
    ):
        assert problem(http.post(path, json=body), kinds.INVALID)["detail"].startswith(told), path
    webhook = register_hook(http, "https://example.com/hook")
    refused = http.patch(f"/v1/webhooks/{webhook['id']}", json={"status": "disabled"})
    assert problem(refused, kinds.INVALID)["detail"] == "status must be one of: active, paused"
