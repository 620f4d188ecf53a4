"""The routing view: loaded once, folded on to be what the rows are, and never used when it may be old."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres import routing
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.routing import RoutingEvents, routing_rows
from api.calls import freshness as module
from api.calls.freshness import OLDEST, Freshness, ViewTooOld
from api.calls.routing_view import RoutingView
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.models import add_model, change_model, delete_model
from api.commands.providers import ProviderChange, change_provider, create_provider, delete_provider
from api.commands.tokens import issue_token, revoke_token
from domain.access import Role
from domain.listing import ModelFacts
from domain.model import ChangeModel
from domain.provider import Status
from domain.provider_type import ProviderType

Deed = Callable[[RoutingView, Freshness, Reader], Awaitable[None]]


class _Clock:
    """The loop's clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def _run(core: Core, deed: Deed, clock: Callable[[], float] = time.monotonic) -> None:
    async def follow() -> None:
        async with Reader(core.store._conninfo) as reader:
            view = RoutingView({})
            freshness = Freshness(view, reader, clock)
            async with freshness.at_work():
                core.store.when_appended = freshness.written
                await deed(view, freshness, reader)

    asyncio.run(follow())


def _is_fresh(freshness: Freshness) -> bool:
    return freshness.is_fresh


def _all_of(view: RoutingView) -> Any:
    rolls = {
        organization: (one.roll.providers, one.roll.models, one.roll.default)
        for organization, one in view._organizations.items()
        if one.roll.providers or one.roll.models
    }
    return view.position, rolls, view._bearers, view._providers, view._models, view._tokens


def _live(core: Core, ada: Caller) -> None:
    """A life in which everything happens that calls are routed by."""
    box = create_provider(core, ada, name="Box", provider_type=ProviderType.OPENAI, api_key="sk-1").row
    other = create_provider(
        core, ada, name="Other", provider_type=ProviderType.GEMINI, base_url="https://llm.example.com"
    ).row
    models = [
        add_model(core, ada, one.id, name, ModelFacts(max_output_tokens=7)).row
        for one in (box, other)
        for name in "ab"
    ]
    change_model(core, ada, models[0].id, ChangeModel(status=Status.DISABLED))
    change_model(core, ada, models[1].id, ChangeModel(max_output_tokens=9), is_default=True)
    delete_model(core, ada, models[0].id)
    add_model(core, ada, box.id, "a", ModelFacts(context_window=5))
    for change in (
        ProviderChange(name="Case", status=Status.DISABLED),
        ProviderChange(api_key="sk-2", status=Status.ACTIVE),
        ProviderChange(api_key=None),
        ProviderChange(base_url="https://elsewhere.example.com", api_key="sk-3"),
    ):
        change_provider(core, ada, box.id, change)
    delete_provider(core, ada, other.id)
    tokens = [issue_token(core, ada, name=name, role=Role.ADMIN).row.row for name in ("t1", "t2")]
    revoke_token(core, ada, tokens[0].id)


def test_a_view_that_was_folded_on_is_the_one_that_would_be_loaded(core: Core, ada: Caller) -> None:
    async def deed(view: RoutingView, freshness: Freshness, reader: Reader) -> None:
        empty = view.position
        await asyncio.to_thread(_live, core, ada)
        await freshness.wait()
        assert view.position > empty
        loaded = RoutingView({})
        loaded.load(await routing_rows(reader))
        assert _all_of(view) == _all_of(loaded)
        roll = view.organization(ada.organization).roll
        assert {model.model_id for model in roll.models.values()} == {"a", "b"}
        (edited,) = (model for model in roll.models.values() if model.model_id == "b")
        assert view.call_model(ada.organization, edited).max_output_tokens == 9

    _run(core, deed)


def test_what_this_process_wrote_is_waited_for(core: Core, ada: Caller) -> None:
    async def deed(view: RoutingView, freshness: Freshness, reader: Reader) -> None:
        del reader
        for number in range(20):
            assert _is_fresh(freshness)
            issued = await asyncio.to_thread(issue_token, core, ada, name=f"t{number}", role=Role.CALLER)
            assert not _is_fresh(freshness)
            await freshness.wait()
            assert view.bearer(issued.row.row.verifier) is not None

    _run(core, deed)


def test_what_others_wrote_is_seen_without_a_hint(core: Core, ada: Caller) -> None:
    async def deed(view: RoutingView, freshness: Freshness, reader: Reader) -> None:
        del reader
        core.store.when_appended = lambda: None
        issued = await asyncio.to_thread(issue_token, core, ada, name="t", role=Role.CALLER)
        async with asyncio.timeout(30):
            while view.bearer(issued.row.row.verifier) is None:  # noqa: ASYNC110  # nobody tells when
                await asyncio.sleep(0.01)
        assert freshness.is_fresh

    _run(core, deed)


def test_a_view_that_may_be_old_is_not_used_until_the_log_is_seen_again(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()

    async def deed(view: RoutingView, freshness: Freshness, reader: Reader) -> None:
        del view, reader
        with monkeypatch.context() as context:

            async def unreachable(*_: Any) -> RoutingEvents:
                raise StoreUnavailable("gone")

            context.setattr(module, "routing_events", unreachable)
            context.setattr(module, "PATIENCE", 0.2)
            await asyncio.sleep(0)
            clock.ahead += OLDEST
            assert not freshness.is_fresh
            with pytest.raises(ViewTooOld):
                await freshness.wait()
        await freshness.wait()
        assert freshness.is_fresh

    _run(core, deed, clock)


def test_an_event_of_a_newer_keyroll_is_read_from_its_rows(
    core: Core, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deed(view: RoutingView, freshness: Freshness, reader: Reader) -> None:
        del reader

        def unknown(topic: str, _state: bytes) -> Any:
            raise LookupError(topic)

        monkeypatch.setattr(routing, "decode", unknown)
        issued = await asyncio.to_thread(issue_token, core, ada, name="t", role=Role.CALLER)
        await freshness.wait()
        assert view.bearer(issued.row.row.verifier) is not None

    _run(core, deed)


def test_a_fault_in_the_fold_is_told_and_serves_no_call(
    core: Core, ada: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def deed(view: RoutingView, freshness: Freshness, reader: Reader) -> None:
        del reader

        def fault(*_: Any) -> None:
            raise ValueError("no such thing")

        monkeypatch.setattr(module, "PATIENCE", 0.5)
        with monkeypatch.context() as context:
            context.setattr(view, "apply", fault)
            await asyncio.to_thread(issue_token, core, ada, name="t", role=Role.CALLER)
            with pytest.raises(ViewTooOld):
                await freshness.wait()
        assert "restart this process" in caplog.text
        monkeypatch.setattr(module, "PATIENCE", 30.0)
        await freshness.wait()

    _run(core, deed)


def test_a_key_that_has_gone_is_told_whether_by_an_event_or_by_its_absence(core: Core, ada: Caller) -> None:
    async def keys_gone() -> None:
        gone: list[Any] = []
        async with Reader(core.store._conninfo) as reader:
            view = RoutingView({}, gone.append)
            box = create_provider(core, ada, name="Box", provider_type=ProviderType.OPENAI, api_key="sk-1")
            view.load(await routing_rows(reader))
            change_provider(core, ada, box.row.id, ProviderChange(api_key="sk-2"))
            found = await routing.routing_events(reader, view.position, 500)
            view.apply(found.events, found.position)
            assert gone == [box.row.key_id]
            delete_provider(core, ada, box.row.id)
            view.load(await routing_rows(reader))
            assert len(gone) == 2

    asyncio.run(keys_gone())


def test_an_organization_that_nobody_knows_has_an_empty_roll() -> None:
    assert RoutingView({}).organization(uuid4()).roll.models == {}
