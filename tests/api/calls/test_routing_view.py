"""The view that calls are routed by: after any history it is what the rows are, and old it serves nobody."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.routing import routing_events, routing_rows
from api.calls import freshness, routes
from api.calls.refusals import CallRefused
from api.calls.routes import routed
from api.calls.routing_view import OrganizationView, RoutingView
from api.calls.served_models import ServedModels
from api.commands.caller import Caller
from api.commands.core import Core
from domain.access import Role
from domain.provider_type import ProviderType
from domain.routing import CalledModel, CalledProvider
from domain.secret import Secret
from tests.support.histories import History
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json

ENVIRONMENT_KEYS = {ProviderType.GEMINI: Secret("sk-of-the-environment")}
"""One type of provider can be called without a key of its own, so that this is told apart as well."""

PIECES = st.lists(st.integers(1, 8), min_size=1, max_size=6)
"""How much happens between two looks at the log."""


@settings(
    max_examples=15,
    deadline=None,
    # Every example is the story of an organization of its own, over the same tables.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), pieces=PIECES, batch=st.sampled_from([1, 3, 500]))
def test_after_any_history_the_view_is_what_the_rows_say(
    core: Core, conninfo: str, seed: int, pieces: list[int], batch: int
) -> None:
    organization = uuid4()
    history = History(core, conninfo, Caller(organization, "ada", Role.ADMIN, "request-1"), seed)
    followed = RoutingView(ENVIRONMENT_KEYS)
    for steps in pieces:
        history.run(steps)
        loaded = asyncio.run(_follow(conninfo, followed, batch))
        assert _all_of(followed) == _all_of(loaded)
        assert ServedModels(followed).of(organization) == ServedModels(loaded).of(organization)
        assert _routes(followed.organization(organization)) == _routes(loaded.organization(organization))


def _routes(view: OrganizationView) -> dict[str | None, Any]:
    """Where every name leads, also when it was asked for before the last change."""
    names = {model.model_id for model in view.roll.models.values()} | {str(key) for key in view.roll.models}
    return {name: _route(view, name) for name in (None, *names)}


def _route(view: OrganizationView, name: str | None) -> Any:
    try:
        return routed(view, name)
    except CallRefused as refused:
        return refused.code


def test_of_names_that_models_were_found_by_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_KEPT", 1)
    view = OrganizationView()
    provider = CalledProvider(
        uuid4(), "Box", ProviderType.OPENAI, None, uuid4(), active=True, has_credential=True
    )
    view.roll.put_provider(provider)
    view.roll.put_model(CalledModel(uuid4(), provider.id, "m1", active=True, stale=False))
    found = [routed(view, name).model.model_id for name in ("m1", "box/m1", "BOX/m1", "m1")]
    assert (found, list(view.routes)) == (["m1"] * 4, ["m1"])


async def _follow(conninfo: str, view: RoutingView, batch: int) -> RoutingView:
    """Fold what is new into the view. Returns one that was loaded at the same position."""
    loaded = RoutingView(ENVIRONMENT_KEYS)
    async with Reader(conninfo) as reader:
        at_end = False
        while not at_end:
            found = await routing_events(reader, view.position, batch)
            view.apply(found.events, found.position)
            at_end = found.at_end
        loaded.load(await routing_rows(reader))
    return loaded


def _all_of(view: RoutingView) -> Any:
    """All that a call can depend on. An organization of which nothing is left is as one that never was."""
    rolls = {
        organization: (one.roll.providers, one.roll.models, one.roll.default)
        for organization, one in view._organizations.items()
        if one.roll.providers or one.roll.models or one.roll.default
    }
    names = {organization: (one.roll._by_name, one.roll._by_model_id) for organization, one in _kept(view)}
    return view.position, rolls, names, view._bearers, view._providers, view._models, view._tokens


def _kept(view: RoutingView) -> list[tuple[Any, Any]]:
    return [(key, one) for key, one in view._organizations.items() if one.roll.providers or one.roll.models]


def test_the_history_that_is_told_changes_what_calls_are_routed_by(core: Core, conninfo: str) -> None:
    organization = uuid4()
    history = History(core, conninfo, Caller(organization, "ada", Role.ADMIN, "request-1"), seed=1)
    view = RoutingView(ENVIRONMENT_KEYS)
    before = _all_of(view)
    history.run(60)
    asyncio.run(_follow(conninfo, view, 500))
    roll = view.organization(organization).roll
    assert _all_of(view) != before
    assert roll.providers
    assert roll.models
    assert view._bearers
    roll.providers.popitem()
    assert _all_of(view) != _all_of(asyncio.run(_follow(conninfo, RoutingView(ENVIRONMENT_KEYS), 500)))


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/models"])
def test_a_process_that_hears_nothing_of_its_database_serves_no_call_and_says_when_to_come_back(
    http: httpx.Client, keyroll: KeyrollInAThread, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    asked: Json = {"model": "m1", "messages": [{"role": "user", "content": "Hi"}]}
    with monkeypatch.context() as deaf:

        async def unreachable(*_: Any) -> Any:
            raise StoreUnavailable("gone")

        deaf.setattr(freshness, "routing_events", unreachable)
        deaf.setattr(freshness, "PATIENCE", 0.3)
        # A write of this process is a reason as good as age not to trust the view, and is there at once.
        keyroll.token(Role.CALLER, uuid4().hex)
        answer = http.get(path) if path == "/v1/models" else http.post(path, json=asked)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error"]["code"] == "unavailable"
    assert http.post("/v1/chat/completions", json=asked).status_code == 200
