"""/schema: the API's description, for machines and for people, from this host alone."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from api.http.problems_list import NOT_FOUND
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.json_schema import faults
from tests.support.steps import PROBLEM_TYPES, add_provider, problem

_EVERY_ROUTE: Final = {400, 401, 403, 500, 503}
_EVERY_WRITE: Final = {409, 413, 415, 422}
_ELSEWHERE: Final = re.compile(r"(?:https?:)?//[\w.-]+|@import|url\(", re.IGNORECASE)
_LOADS: Final = re.compile(r"<(?:script|img|iframe|link|object|embed|base|form)\b|\bsrc\s*=", re.IGNORECASE)
_LINK: Final = re.compile(r"href\s*=\s*['\"]?([^'\" >]+)", re.IGNORECASE)


@pytest.fixture
def description(keyroll: DocumentedKeyroll) -> dict[str, Any]:
    """What it says of itself."""
    return keyroll.documented.description


@pytest.fixture
def page(keyroll: DocumentedKeyroll) -> str:
    """The page for people."""
    answer = keyroll.http.get("/schema", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _references(part)


def test_it_is_an_openapi_document_whose_references_all_lead_somewhere(description: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.[01]\.\d+", description["openapi"])
    assert description["info"]["title"] == "Keyroll"
    assert re.fullmatch(r"\d+\.\d+\.\d+", description["info"]["version"])
    references = set(_references(description))
    assert len(references) > 10
    schemas = description["components"]["schemas"]
    assert {reference.removeprefix("#/components/schemas/") for reference in references} <= {*schemas}


def test_people_are_shown_a_page_and_programs_the_document(
    keyroll: DocumentedKeyroll, description: dict[str, Any], page: str
) -> None:
    answer = keyroll.http.get("/schema", headers={"Accept": "application/json"})
    assert answer.json() == description
    assert answer.headers["vary"] == "Accept"
    assert page.startswith("<!doctype html>")
    problem(keyroll.http.get("/schema/swagger"), NOT_FOUND)


def test_operations_have_names_of_their_own_and_describe_themselves(description: dict[str, Any]) -> None:
    operations = list(_operations(description))
    assert len({operation["operationId"] for _, _, operation in operations}) == len(operations) > 15
    for method, path, operation in operations:
        told = operation.get("description") or operation.get("summary")
        assert told, (method, path)
        in_path = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert in_path == {*re.findall(r"\{(\w+)\}", path)}


def test_every_route_of_the_api_documents_its_problems(description: dict[str, Any]) -> None:
    for method, path, operation in _operations(description):
        if not path.startswith("/v1/"):
            continue
        refusals = {int(status): found for status, found in operation["responses"].items() if status >= "400"}
        expected = _EVERY_ROUTE | (_EVERY_WRITE if "requestBody" in operation else set())
        assert expected - {409} <= {*refusals}, (method, path)
        for status, found in refusals.items():
            assert {*found["content"]} == {"application/problem+json"}, (method, path, status)
            named = re.findall(r"urn:keyroll:problem:[a-z-]+", found["description"])
            assert named, (method, path, status)
            assert {PROBLEM_TYPES[urn].status for urn in named} == {status}


def test_every_route_of_the_api_asks_for_a_token_and_the_others_do_not(description: dict[str, Any]) -> None:
    (scheme,) = description["components"]["securitySchemes"]
    assert description["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    for _, path, operation in _operations(description):
        assert (operation.get("security") == [{scheme: []}]) == path.startswith(("/v1/", "/metrics")), path


def test_the_bodies_of_the_walk_are_as_documented(
    keyroll: DocumentedKeyroll, description: dict[str, Any]
) -> None:
    schemas = keyroll.documented.schemas
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        (
            "/v1/llm-providers",
            "post",
            {"name": "My OpenAI", "provider_type": "openai", "api_key": "sk-1", "base_url": None},
        ),
        ("/v1/llm-providers/{provider_id}", "patch", {"status": "disabled"}),
        ("/v1/llm-models/{model_id}", "patch", {"is_default": True}),
    ]
    for path, method, body in bodies:
        media = description["paths"][path][method]["requestBody"]["content"]["application/json"]
        assert faults(body, media["schema"], schemas) == []
        assert faults({**body, "colour": "blue"}, media["schema"], schemas) != []


def test_no_description_holds_what_it_describes(keyroll: DocumentedKeyroll, page: str) -> None:
    provider = add_provider(keyroll.http, "A provider that nobody describes")
    text = keyroll.http.get("/schema/openapi.json").text
    assert provider["id"] not in text + page
    assert keyroll.admin not in text + page


def _outward(page: str) -> list[str]:
    """What a browser that shows the page would ask of other hosts, or load at all."""
    links = [link for link in _LINK.findall(page) if not re.match(r"(/(?!/)|#)", link)]
    return [*_ELSEWHERE.findall(page), *_LOADS.findall(page), *links]


def test_the_page_needs_no_other_host_and_loads_nothing(page: str) -> None:
    assert _outward(page) == []
    assert _LINK.findall(page) != []


@pytest.mark.parametrize(
    "line",
    [
        "<script src='/mine.js'></script>",
        "<script>fetch('//cdn.example.com/x')</script>",
        "<link rel=stylesheet href=https://fonts.example.com/css>",
        "<img src=data:,>",
        "<style>@import 'more.css'</style>",
        "<style>body { background: url(/x.png) }</style>",
        "<a href='mailto:someone'>write</a>",
        "<a href='javascript:alert()'>go</a>",
    ],
)
def test_a_page_that_needs_another_host_would_be_seen(page: str, line: str) -> None:
    assert _outward(page + line) != []


def test_the_page_shows_every_operation_and_every_schema(page: str, description: dict[str, Any]) -> None:
    for method, path, _ in _operations(description):
        assert method.upper() in page
        assert f"{path}" in page
    for name in description["components"]["schemas"]:
        assert f"id='{name}'" in page
