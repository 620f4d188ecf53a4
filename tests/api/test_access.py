"""Who may do what: every route, each role, and objects of one's own, of others, and of nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.http import problems_list as kinds
from domain.access import Role
from tests.api.conftest import ClientOf
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.steps import (
    KEY,
    Json,
    add_model,
    add_provider,
    done,
    items,
    log_end,
    problem,
    provider_now,
    roll,
    sync,
)


@dataclass(frozen=True)
class Operation:
    """A route with a request that an admin succeeds with.

    Attributes:
        method: HTTP's.
        path: with ``{provider_id}``, ``{model_id}`` and the like where the object's id belongs.
        status: what an admin is answered.
        body: what is sent.
    """

    method: str
    path: str
    status: int
    body: Any = None

    @property
    def reads(self) -> bool:
        """Whether a viewer may do it."""
        return self.method == "GET"

    @property
    def names_an_object(self) -> bool:
        """Whether the path holds an id of the organization's; read models are everybody's."""
        return "_id}" in self.path

    def ask(self, client: httpx.Client, ids: dict[str, str]) -> httpx.Response:
        """The answer for these ids."""
        return client.request(self.method, self.path.format(name="tokens", **ids), json=self.body)


PROVIDER, MODEL = "/v1/llm-providers/{provider_id}", "/v1/llm-models/{model_id}"
WEBHOOK = "/v1/webhooks/{webhook_id}"
READ_MODEL = "/v1/projections/{name}"
OPERATIONS = (
    Operation("GET", "/v1/llm-providers", 200),
    Operation("POST", "/v1/llm-providers", 201, {"name": "New", "provider_type": "gemini"}),
    Operation("GET", PROVIDER, 200),
    Operation("PATCH", PROVIDER, 200, {"name": "Renamed"}),
    Operation("POST", f"{PROVIDER}/sync-models", 200),
    Operation("GET", f"{PROVIDER}/syncs", 200),
    Operation("GET", f"{PROVIDER}/syncs/{{sync_id}}", 200),
    Operation("POST", f"{PROVIDER}/check", 200),
    Operation("POST", "/v1/llm-providers/check", 200, {"provider_type": "openai", "api_key": KEY}),
    Operation("GET", f"{PROVIDER}/models", 200),
    Operation("POST", f"{PROVIDER}/models", 201, {"model_id": "new-model"}),
    Operation("GET", "/v1/llm-models", 200),
    Operation("GET", "/v1/llm-models/default", 200),
    Operation("GET", MODEL, 200),
    Operation("PATCH", MODEL, 200, {"is_default": True}),
    Operation("GET", "/v1/audit-events", 200),
    Operation("GET", "/v1/audit-events/export", 200),
    Operation("POST", "/v1/audit-events/find-key", 200, {"api_key": KEY}),
    Operation("GET", f"{PROVIDER}/history", 200),
    Operation("POST", f"{PROVIDER}/revert", 200, {"version": 1}),
    Operation("GET", f"{MODEL}/history", 200),
    Operation("POST", f"{MODEL}/revert", 200, {"version": 1}),
    Operation("GET", "/v1/events", 200),
    Operation("GET", "/v1/webhooks", 200),
    Operation("POST", "/v1/webhooks", 201, {"url": "https://hooks.example.com/new"}),
    Operation("GET", WEBHOOK, 200),
    Operation("PATCH", WEBHOOK, 200, {"event_types": ["provider.created"]}),
    Operation("POST", f"{WEBHOOK}/resume", 200),
    Operation("POST", f"{WEBHOOK}/rotate-secret", 200, {"overlap_hours": 1}),
    Operation("POST", f"{WEBHOOK}/test", 200),
    Operation("DELETE", WEBHOOK, 204),
    Operation("GET", "/v1/usage", 200),
    Operation("GET", "/metrics", 200),
    Operation("GET", "/v1/tokens", 200),
    Operation("POST", "/v1/tokens", 201, {"name": "new-token", "role": "viewer"}),
    Operation("DELETE", "/v1/tokens/{token_id}", 204),
    Operation("GET", "/v1/projections", 200),
    Operation("GET", READ_MODEL, 200),
    Operation("GET", f"{READ_MODEL}/progress", 200),
    Operation("POST", f"{READ_MODEL}/rebuild", 202),
    Operation("POST", f"{READ_MODEL}/verify", 200),
    Operation("DELETE", MODEL, 204),
    Operation("DELETE", PROVIDER, 204),
)
PUBLIC = {("GET", "/health"), ("GET", "/ready")}


def _id(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@pytest.fixture
def ids(http: httpx.Client) -> dict[str, str]:
    """A provider, a model and a token of the test's organization."""
    return _objects(http)


@pytest.fixture
def without_token(keyroll: DocumentedKeyroll) -> Iterator[httpx.Client]:
    """A client that says not who it is."""
    with keyroll.client("") as client:
        del client.headers["authorization"]
        yield client


def _objects(http: httpx.Client) -> dict[str, str]:
    provider = add_provider(http)
    token = done(http.post("/v1/tokens", json={"name": "a token", "role": "caller"}), 201)
    model = add_model(http, provider, "our-model")
    webhook = done(http.post("/v1/webhooks", json={"url": "http://127.0.0.1:1/refused"}), 201)
    made = {"provider": provider, "model": model, "token": token, "webhook": webhook}
    run = sync(http, provider)
    return {"sync_id": run["sync_id"], **{f"{what}_id": one["id"] for what, one in made.items()}}


def _state(http: httpx.Client) -> tuple[Any, ...]:
    return (
        log_end(http),
        list(items(http, "/v1/llm-providers")),
        roll(http),
        list(items(http, "/v1/tokens")),
    )


def test_every_route_that_there_is_stands_in_the_matrix(keyroll: DocumentedKeyroll) -> None:
    there = {
        (method.upper(), path)
        for path, operations in keyroll.documented.description["paths"].items()
        for method in operations
    }
    assert there == {(operation.method, operation.path) for operation in OPERATIONS} | PUBLIC


@pytest.mark.parametrize("operation", OPERATIONS, ids=_id)
def test_an_admin_may_do_all(http: httpx.Client, ids: dict[str, str], operation: Operation) -> None:
    assert operation.ask(http, ids).status_code == operation.status


def test_a_viewer_may_read_and_do_nothing_else(
    client_of: ClientOf, http: httpx.Client, ids: dict[str, str]
) -> None:
    viewer = client_of(Role.VIEWER)
    before = _state(http)
    for operation in OPERATIONS:
        answer = operation.ask(viewer, ids)
        if operation.reads:
            assert answer.status_code == 200, _id(operation)
        else:
            assert "'viewer' may not do this" in problem(answer, kinds.FORBIDDEN)["detail"]
    assert _state(http) == before


def test_a_caller_of_models_may_do_nothing_here(
    client_of: ClientOf, http: httpx.Client, ids: dict[str, str]
) -> None:
    caller = client_of(Role.CALLER)
    before = _state(http)
    for operation in OPERATIONS:
        problem(operation.ask(caller, ids), kinds.FORBIDDEN)
    assert _state(http) == before


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, 'Bearer realm="keyroll"'),
        ("Bearer", 'Bearer realm="keyroll", error="invalid_request"'),
        ("keyroll_unknown", 'Bearer realm="keyroll", error="invalid_request"'),
        ("Basic YWRtaW46YWRtaW4=", 'Bearer realm="keyroll", error="invalid_request"'),
        ("Bearer keyroll_unknown", 'Bearer realm="keyroll", error="invalid_token"'),
        ("Bearer \u00e9\u00ff", 'Bearer realm="keyroll", error="invalid_token"'),
    ],
)
def test_without_a_good_token_every_route_is_closed(
    without_token: httpx.Client, ids: dict[str, str], header: str | None, challenge: str
) -> None:
    if header is not None:
        without_token.headers = httpx.Headers({"Authorization": header}, encoding="latin-1")
    for operation in OPERATIONS:
        answer = operation.ask(without_token, ids)
        problem(answer, kinds.UNAUTHENTICATED)
        assert answer.headers["www-authenticate"] == challenge


def test_the_scheme_of_the_header_is_read_without_regard_to_case(
    client_of: ClientOf,
) -> None:
    admin = client_of(Role.ADMIN)
    admin.headers["authorization"] = admin.headers["authorization"].replace("Bearer", "bEARER")
    assert admin.get("/v1/tokens").status_code == 200


def test_anothers_objects_answer_exactly_as_absent_ones_and_stay_untouched(
    http: httpx.Client, ids: dict[str, str], stranger: httpx.Client
) -> None:
    absent = {name: str(uuid4()) for name in ids}
    before = _state(http)
    for operation in OPERATIONS:
        if not operation.names_an_object:
            continue
        foreign, nowhere = operation.ask(stranger, ids), operation.ask(stranger, absent)
        problem(foreign, kinds.NOT_FOUND)
        assert _faceless(foreign, ids) == _faceless(nowhere, absent), _id(operation)
    assert _state(http) == before


def test_a_list_never_shows_what_is_anothers(
    http: httpx.Client, ids: dict[str, str], stranger: httpx.Client
) -> None:
    theirs = _objects(stranger)
    for operation in OPERATIONS:
        if operation.reads and not operation.names_an_object:
            seen = operation.ask(stranger, ids).text
            assert not any(identity in seen for identity in ids.values()), _id(operation)
    assert theirs["provider_id"] in stranger.get("/v1/llm-providers").text  # the control
    assert stranger.get("/v1/llm-models", params={"provider_id": ids["provider_id"]}).json()["data"] == []
    assert stranger.get("/v1/audit-events", params={"subject": ids["model_id"]}).json()["data"] == []
    assert provider_now(http, {"id": ids["provider_id"]})["name"] == "My OpenAI"


def _faceless(answer: httpx.Response, ids: dict[str, str]) -> tuple[int, bytes, Json]:
    """An answer without the ids of its objects and its own."""
    body = answer.content
    for identity in (*ids.values(), answer.headers["x-request-id"]):
        body = body.replace(identity.encode(), b"")
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
    return answer.status_code, body, headers
