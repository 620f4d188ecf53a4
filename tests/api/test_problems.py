"""Errors: problems of a closed list, each of which a real request can run into."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NoReturn
from uuid import uuid4

import httpx
import pytest

from adapters.postgres.refusals import NewerVersion, StoreUnavailable, StreamMoved
from api.app import LARGEST_BODY
from api.http import problems_list as kinds
from api.http.problems_list import ProblemType
from domain.access import Role
from tests.api.conftest import ClientOf
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.embedded_postgres import wait_until
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    KEY,
    PROBLEM_TYPES,
    Json,
    add_model,
    add_provider,
    change_model,
    items,
    problem,
)

PROVIDERS: Final = "/v1/llm-providers"
BODY: Final[Json] = {"name": "My OpenAI", "provider_type": "openai"}
"""A body that is taken."""


class World:
    """What a request that goes wrong needs.

    Attributes:
        http: an admin's client.
        client_of: makes more clients of the organization.
        openai: the vendor.
        store: replaces a method of the running store for the time of the test.
    """

    def __init__(
        self,
        http: httpx.Client,
        client_of: ClientOf,
        openai: VendorServer,
        append_fails_with: Callable[[Exception], None],
    ) -> None:
        self.http, self.client_of, self.openai = http, client_of, openai
        self.append_fails_with = append_fails_with


@pytest.fixture
def world(
    http: httpx.Client,
    client_of: ClientOf,
    openai: VendorServer,
    keyroll: DocumentedKeyroll,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """All that the tests of this file work with."""

    def append_fails_with(error: Exception) -> None:
        def append(*_: Any, **__: Any) -> NoReturn:
            raise error

        monkeypatch.setattr(keyroll.core.store, "append", append)

    return World(http, client_of, openai, append_fails_with)


def _malformed(world: World) -> httpx.Response:
    return world.http.get(PROVIDERS, params={"colour": "blue"})


def _unauthenticated(world: World) -> httpx.Response:
    return world.http.get(PROVIDERS, headers={"Authorization": "Bearer nobody's"})


def _forbidden(world: World) -> httpx.Response:
    return world.client_of(Role.VIEWER).post(PROVIDERS, json=BODY)


def _not_found(world: World) -> httpx.Response:
    return world.http.get(f"{PROVIDERS}/{uuid4()}")


def _method_not_allowed(world: World) -> httpx.Response:
    return world.http.put(PROVIDERS, json=BODY)


def _name_taken(world: World) -> httpx.Response:
    add_provider(world.http, BODY["name"])
    return world.http.post(PROVIDERS, json=BODY)


def _model_exists(world: World) -> httpx.Response:
    provider = add_provider(world.http)
    add_model(world.http, provider, "gpt-5")
    return world.http.post(f"{PROVIDERS}/{provider['id']}/models", json={"model_id": "gpt-5"})


def _model_not_selectable(world: World) -> httpx.Response:
    model = add_model(world.http, add_provider(world.http), "gpt-5")
    change_model(world.http, model, status="disabled")
    return world.http.patch(f"/v1/llm-models/{model['id']}", json={"is_default": True})


def _during_a_sync(world: World, ask: Callable[[str], httpx.Response], **headers: str) -> httpx.Response:
    path = f"{PROVIDERS}/{add_provider(world.http)['id']}/sync-models"
    released = world.openai.hang_next()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.http.post, path, headers=headers)
        wait_until(lambda: bool(world.openai.requests) or first.done())
        try:
            return ask(path)
        finally:
            released.set()


def _sync_running(world: World) -> httpx.Response:
    return _during_a_sync(world, world.http.post)


def _key_in_use(world: World) -> httpx.Response:
    key = {"Idempotency-Key": "one"}
    return _during_a_sync(world, lambda path: world.http.post(path, headers=key), **key)


def _provider_gone(world: World) -> httpx.Response:
    path = f"{PROVIDERS}/{add_provider(world.http)['id']}"
    world.http.delete(path)
    return world.http.post(f"{path}/revert", json={"version": 1})


def _rebuild_running(world: World) -> httpx.Response:
    with pytest.MonkeyPatch.context() as another_has_the_lock:
        another_has_the_lock.setattr("adapters.postgres.rebuild.try_lock", lambda *_: False)
        return world.http.post("/v1/projections/tokens/rebuild")


def _last_admin(world: World) -> httpx.Response:
    own = next(items(world.http, "/v1/tokens"))
    return world.http.delete(f"/v1/tokens/{own['id']}")


def _version_mismatch(world: World) -> httpx.Response:
    path = f"{PROVIDERS}/{add_provider(world.http)['id']}"
    return world.http.patch(path, json={"name": "Ours"}, headers={"If-Match": '"1"'})


def _too_large(world: World) -> httpx.Response:
    return world.http.post(PROVIDERS, json="x" * LARGEST_BODY)


def _media_type(world: World) -> httpx.Response:
    return world.http.post(PROVIDERS, content=b"name=ours", headers={"Content-Type": "text/plain"})


def _invalid(world: World) -> httpx.Response:
    return world.http.post(PROVIDERS, json={**BODY, "name": ""})


def _key_rejected(world: World) -> httpx.Response:
    body = {**BODY, "api_key": "sk-not-the-right-one"}
    return world.http.post(PROVIDERS, json=body, params={"verify": "true"})


def _key_reused(world: World) -> httpx.Response:
    key = {"Idempotency-Key": "one"}
    world.http.post(PROVIDERS, json=BODY, headers=key)
    return world.http.post(PROVIDERS, json={**BODY, "name": "Other"}, headers=key)


def _internal(world: World) -> httpx.Response:
    provider = add_provider(world.http)
    world.append_fails_with(RuntimeError(f"a bug that carries {KEY}"))
    return world.http.patch(f"{PROVIDERS}/{provider['id']}", json={"name": "Ours"})


def _busy(world: World) -> httpx.Response:
    provider = add_provider(world.http)
    world.append_fails_with(StreamMoved())
    return world.http.patch(f"{PROVIDERS}/{provider['id']}", json={"name": "Ours"})


def _unavailable(world: World) -> httpx.Response:
    provider = add_provider(world.http)
    world.append_fails_with(StoreUnavailable("PostgreSQL does not answer."))
    return world.http.patch(f"{PROVIDERS}/{provider['id']}", json={"name": "Ours"})


RUN_INTO: Final = {
    kinds.MALFORMED: _malformed,
    kinds.UNAUTHENTICATED: _unauthenticated,
    kinds.FORBIDDEN: _forbidden,
    kinds.NOT_FOUND: _not_found,
    kinds.METHOD_NOT_ALLOWED: _method_not_allowed,
    kinds.NAME_TAKEN: _name_taken,
    kinds.MODEL_EXISTS: _model_exists,
    kinds.MODEL_NOT_SELECTABLE: _model_not_selectable,
    kinds.SYNC_RUNNING: _sync_running,
    kinds.REBUILD_RUNNING: _rebuild_running,
    kinds.PROVIDER_GONE: _provider_gone,
    kinds.LAST_ADMIN: _last_admin,
    kinds.KEY_IN_USE: _key_in_use,
    kinds.VERSION_MISMATCH: _version_mismatch,
    kinds.TOO_LARGE: _too_large,
    kinds.MEDIA_TYPE: _media_type,
    kinds.INVALID: _invalid,
    kinds.KEY_REJECTED: _key_rejected,
    kinds.KEY_REUSED: _key_reused,
    kinds.INTERNAL: _internal,
    kinds.BUSY: _busy,
    kinds.UNAVAILABLE: _unavailable,
}


@pytest.fixture(autouse=True)
def _soon_out_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.commands.core.PATIENCE", 0.05)


@pytest.mark.parametrize("kind", PROBLEM_TYPES.values(), ids=lambda kind: kind.name)
def test_a_request_can_run_into_each_problem_of_the_list(world: World, kind: ProblemType) -> None:
    answer = RUN_INTO[kind](world)
    found = problem(answer, kind)
    assert KEY not in answer.text
    assert found["detail"] != ""
    if kind in (kinds.BUSY, kinds.UNAVAILABLE, kinds.KEY_IN_USE):
        assert answer.headers["retry-after"] == "1"
    if kind is kinds.METHOD_NOT_ALLOWED:
        assert {*answer.headers["allow"].replace(" ", "").split(",")} >= {"GET", "POST"}


def test_a_problem_keeps_the_request_id_that_the_client_gave(http: httpx.Client) -> None:
    answer = http.get(PROVIDERS, params={"colour": "blue"}, headers={"X-Request-Id": "mine-1"})
    assert problem(answer, kinds.MALFORMED)["request_id"] == "mine-1"


def test_a_process_that_is_too_old_to_write_says_what_to_do(world: World) -> None:
    provider = add_provider(world.http)
    world.append_fails_with(NewerVersion("llm_providers is at a version that this process does not write"))
    told = problem(world.http.patch(f"{PROVIDERS}/{provider['id']}", json={"name": "New"}), kinds.UNAVAILABLE)
    assert "A newer Keyroll has taken over" in told["detail"]
    assert "restart this process with that version" in told["detail"]
