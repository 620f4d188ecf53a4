"""A deleted organization: no key, no token and no write of it is left, in any process; its history is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from threading import Event
from typing import NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.postgres.datastore import connection_settings
from adapters.postgres.log_verification import check_log
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.verify import Verification
from api.commands.bootstrap import TOKEN_FILE, bootstrap_first_token, organization_of
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.organization_deletion import delete_organization
from api.commands.organizations import create_organization, name_organization, operator_of
from api.commands.predefined import begin_roll
from api.commands.providers import ProviderChange, change_provider, create_provider
from api.commands.sync_completion import complete_run
from api.commands.sync_plans import keep
from api.commands.sync_runs import abandon_run, start_run
from domain.errors import NoSuchOrganization, NotFound, OrganizationGone
from domain.listing import ListedModel, Listing, ListingError, ModelFacts, SyncFailure
from domain.model import ModelDeleted
from domain.organization import Belongings, OrganizationCreated, OrganizationDeleted
from domain.provider import KeyRemoved, ProviderCreated, ProviderDeleted
from domain.provider_type import ProviderType
from domain.sync import SyncFailed
from projections.all import READ_MODELS
from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.log_checks import differences_from_replay, whole_log
from tests.support.steps import KEY, add_model, add_provider, change_model, done
from tests.support.tables import everything, table_rows

WRITERS = 8


def keys_of(core: Core, name: str) -> int:
    """How many sealed keys the organization has."""
    query = b"SELECT count(*) FROM sealed_keys WHERE organization = %s"
    ((found,),) = core.store.log.run(lambda it: it.execute(query, [organization_of(name)]).fetchall())
    return int(found)


def _events(core: Core, name: str) -> list[object]:
    return [one.event for one in whole_log(core) if one.meta.organization == organization_of(name)]


def _provider(core: Core, caller: Caller, name: str) -> UUID:
    done = create_provider(
        core, caller, name=name, provider_type=ProviderType.OPENAI, api_key=f"{KEY}-{name}"
    )
    return done.row.id


def _listing(models: int) -> Listing:
    return Listing(
        models=tuple(ListedModel(model_id=f"m{number}", facts=ModelFacts()) for number in range(models))
    )


class World(NamedTuple):
    """Two processes on one database, and a full organization beside another."""

    first: KeyrollInAThread
    second: KeyrollInAThread
    ours: list[httpx.Client]
    theirs: list[httpx.Client]


@pytest.fixture
def world(conninfo: str, tmp_path: Path) -> Iterator[World]:
    """Acme has all that an organization can have, and the neighbours a provider with a key."""
    keys = new_master_keys()
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(KeyrollInAThread(conninfo, tmp_path, KEYROLL_MASTER_KEYS=keys))
            for _ in range(2)
        )
        acme, neighbours = (
            create_organization(first.core, name, lambda *_: []).token.reveal()
            for name in ("acme", "neighbours")
        )
        ours, theirs = (
            [stack.enter_context(one.client(token)) for one in (first, second)]
            for token in (acme, neighbours)
        )
        provider = add_provider(ours[0], base_url="https://llm.example.com/v1")
        change_model(ours[0], add_model(ours[0], provider, "mine"), is_default=True)
        done(ours[0].post("/v1/webhooks", json={"url": "https://hooks.example.com/"}), 201)
        add_provider(theirs[0])
        yield World(first, second, ours, theirs)


def test_the_tokens_open_nothing_at_once_in_any_process_and_no_key_is_left(world: World) -> None:
    core = world.first.core
    assert [http.get("/v1/llm-providers").status_code for http in world.ours] == [200, 200]
    assert (keys_of(core, "acme"), keys_of(core, "neighbours")) == (2, 1)
    had = delete_organization(core, "acme")
    assert had == Belongings(providers=4, models=1, tokens=1, webhooks=1, keys=2)
    assert [http.get("/v1/llm-providers").status_code for http in world.ours] == [401, 401]
    assert [http.get("/v1/llm-providers").status_code for http in world.theirs] == [200, 200]
    assert (keys_of(core, "acme"), keys_of(core, "neighbours")) == (0, 1)


def test_nothing_of_it_is_in_a_table_but_its_history_and_its_tombstones(world: World, conninfo: str) -> None:
    organization = organization_of("acme")
    before = whole_log(world.first.core)
    delete_organization(world.first.core, "acme")
    left = {
        read_model.table: [
            row
            for row in table_rows(conninfo, read_model.table, read_model.row).values()
            if row.organization == organization
        ]
        for read_model in READ_MODELS
    }
    (model,), (tombstone,) = left.pop("llm_models"), left.pop("organizations")
    assert model.deleted
    assert (tombstone.name, tombstone.deleted_at is not None) == ("acme", True)
    assert set(map(len, left.values())) == {0}
    after = whole_log(world.first.core)
    assert after[: len(before)] == before
    (last,) = [one for one in after if isinstance(one.event, OrganizationDeleted)]
    assert last == after[-1]
    assert {one.meta.request_id for one in after[len(before) :]} == {last.meta.request_id}
    gone = [type(one.event) for one in after[len(before) :]]
    assert (gone.count(ProviderDeleted), gone.count(KeyRemoved), gone.count(ModelDeleted)) == (4, 1, 1)


def test_the_log_and_the_read_models_are_sound_after_it_and_a_rebuild_makes_the_same_rows(
    world: World, conninfo: str
) -> None:
    delete_organization(world.first.core, "acme")
    assert world.first.core.store.log.run(check_log).flaw is None
    settings = connection_settings(conninfo)
    before = everything(conninfo)
    for read_model in READ_MODELS:
        rebuild = Rebuild(settings, read_model)
        rebuild.begin()
        assert rebuild.run().status == "done"
        rebuild.close()
        assert Verification(settings, read_model).run().difference is None
    assert everything(conninfo) == before
    with pytest.raises(OrganizationGone):  # a rebuilt table refuses as well
        _provider(world.first.core, operator_of("acme"), "Late")


def test_a_request_that_was_let_in_before_and_writes_afterwards_is_refused_as_its_next_one_will_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = world.first.core
    was = {"name": "Late", "provider_type": "openai", "api_key": KEY}
    prepare = type(core.store).prepare

    def deletes_first(*args: object, **kwargs: object) -> object:
        monkeypatch.undo()
        delete_organization(core, "acme")
        return prepare(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(type(core.store), "prepare", deletes_first)
    refused = world.ours[0].post("/v1/llm-providers", json=was)
    assert refused.status_code == 401
    assert "was deleted" in refused.json()["detail"]
    assert refused.headers["www-authenticate"].startswith("Bearer ")
    assert keys_of(core, "acme") == 0


def test_of_eight_writers_none_leaves_a_key_whenever_the_deletion_comes(core: Core) -> None:
    create_organization(core, "acme", lambda *_: [])
    create_organization(core, "neighbours", lambda *_: [])
    _provider(core, operator_of("neighbours"), "Theirs")
    numbers, made = count(), list[UUID | None]()
    rotated = _provider(core, operator_of("acme"), "Rotated")

    deleted = Event()

    def write(once: Callable[[], UUID | None]) -> None:
        """Until refused; at least once after the deletion, and then no more."""
        after = False
        while not after:
            after = deleted.is_set()
            made.append(once())

    def create() -> UUID:
        return _provider(core, operator_of("acme"), f"P{next(numbers)}")

    def rotate() -> UUID | None:
        change = ProviderChange(api_key=f"{KEY}-{uuid4()}")
        return change_provider(core, operator_of("acme"), rotated, change).row.key_id

    with ThreadPoolExecutor(WRITERS) as writers:
        running = [writers.submit(write, once) for once in [create] * (WRITERS - 1) + [rotate]]
        wait_until(lambda: len(made) >= 5 * WRITERS or any(one.done() for one in running))
        had = delete_organization(core, "acme")
        deleted.set()
        refusals = [one.exception() for one in running]
    assert {type(one) for one in refusals} <= {OrganizationGone, NotFound}
    assert [type(one) for one in refusals].count(OrganizationGone) >= WRITERS - 1
    assert (keys_of(core, "acme"), keys_of(core, "neighbours")) == (0, 1)
    told = [type(event) for event in _events(core, "acme")]
    assert told[-1] is OrganizationDeleted
    assert told.count(ProviderCreated) == told.count(ProviderDeleted) == had.providers == had.keys + 3
    assert list(differences_from_replay(core, whole_log(core))) == []
    assert core.store.log.run(check_log).flaw is None


def test_a_run_under_way_is_cut_short_and_writes_nothing_more(core: Core) -> None:
    caller = operator_of("acme")
    create_organization(core, "acme", lambda *_: [])
    run = start_run(core, caller, _provider(core, caller, "Mine"), "manual")
    kept = keep(core, _listing(300))
    delete_organization(core, "acme")
    end = whole_log(core)[-1].position
    with pytest.raises(ListingError) as refused:
        complete_run(core, caller, run, kept, force=False)
    assert refused.value.failure is SyncFailure.ABANDONED
    abandon_run(core, caller, run.row)
    assert whole_log(core)[-1].position == end
    (failed,) = [event for event in _events(core, "acme") if isinstance(event, SyncFailed)]
    assert (failed.failure, failed.provider_name) == (SyncFailure.ABANDONED, "Mine")


def test_thousands_of_models_go_in_the_same_transaction(core: Core) -> None:
    caller = operator_of("acme")
    create_organization(core, "acme", lambda *_: [])
    run = start_run(core, caller, _provider(core, caller, "Mine"), "manual")
    complete_run(core, caller, run, keep(core, _listing(2_500)), force=False)
    assert delete_organization(core, "acme").models == 2_500
    assert [type(event) for event in _events(core, "acme")].count(ModelDeleted) == 2_500
    assert list(differences_from_replay(core, whole_log(core))) == []


def test_one_that_never_was_or_is_gone_is_not_deleted_and_keys_stay_where_they_are(core: Core) -> None:
    with pytest.raises(NoSuchOrganization, match="no organization named 'acme'"):
        delete_organization(core, "acme")
    create_organization(core, "acme", lambda *_: [])
    delete_organization(core, "acme")
    end = whole_log(core)[-1].position
    with pytest.raises(OrganizationGone, match="choose another"):
        delete_organization(core, "acme")
    assert whole_log(core)[-1].position == end


def test_one_that_an_earlier_version_made_is_named_by_its_deletion(core: Core) -> None:
    _provider(core, operator_of("old"), "Mine")
    assert delete_organization(core, "old") == Belongings(providers=1, keys=1)
    assert keys_of(core, "old") == 0
    assert [type(event) for event in _events(core, "old")][-2:] == [OrganizationCreated, OrganizationDeleted]


def test_a_start_gives_a_deleted_default_organization_nothing_back(core: Core, tmp_path: Path) -> None:
    name_organization(core, "default")
    delete_organization(core, "default")
    end = whole_log(core)[-1].position
    name_organization(core, "default")
    assert bootstrap_first_token(core, tmp_path, None) is None
    assert not begin_roll(core, organization_of("default"), lambda *_: [])
    assert not (tmp_path / TOKEN_FILE).exists()
    assert whole_log(core)[-1].position == end
