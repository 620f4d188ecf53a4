"""A rebuild makes a read model's table anew from the log, and nobody notices."""

from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.postgres.datastore import connection_settings
from adapters.postgres.rebuild import Rebuild, RebuildFailed
from adapters.postgres.rebuild_progress import Progress, last_runs, standings
from adapters.postgres.rebuild_replay import Replay, end_of_log
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Decided, Store, Stream
from domain.errors import RebuildRunning
from domain.organization import OrganizationCreated
from domain.webhook import Subscription, WebhookRegistered
from projections.all import READ_MODELS
from projections.models import MODELS
from projections.providers import PROVIDERS
from projections.read_model import ReadModel
from tests.support.embedded_postgres import wait_until
from tests.support.examples import NOON
from tests.support.replay import differences
from tests.support.shapes import shape_in_database
from tests.support.tables import end_all_connections, execute
from tests.support.writes import AGGREGATES, default, discovered, meta, provider, renamed, started, token

every_read_model = pytest.mark.parametrize("read_model", READ_MODELS, ids=lambda model: model.table)


def rebuilt(conninfo: str, read_model: ReadModel[Any]) -> list[Progress]:
    """Rebuild a read model. Returns all that was told."""
    told: list[Progress] = []
    with closing(Rebuild(connection_settings(conninfo), read_model, told.append)) as rebuild:
        rebuild.begin()
        rebuild.run()
    return told


def fill(store: Store) -> None:
    """Rows in every table, some of which have gone or changed."""
    organization = uuid4()
    created, gone = provider("One"), provider("Two")
    provider_id = created.stream.id
    heard = Subscription(url="https://receiver.example.com/in", event_types=())
    registered = WebhookRegistered(subscription=heard, signing_key_id=uuid4())
    webhook = Decided(Stream(AGGREGATES["webhooks"], uuid4()), (registered,))
    named = Decided(Stream(AGGREGATES["organizations"], organization), (OrganizationCreated(name="acme"),))
    store.append(
        [
            created,
            gone,
            *discovered(provider_id, 300),
            default(organization, provider_id, "m1"),
            started(provider_id),
            token("ci"),
            webhook,
            named,
        ],
        meta(organization),
        NOON,
    )
    store.append([renamed(store, provider_id, "First")], meta(organization), NOON)


@every_read_model
def test_a_table_that_was_spoilt_is_what_the_log_says_again(
    store: Store, conninfo: str, read_model: ReadModel[Any]
) -> None:
    fill(store)
    execute(conninfo, "TRUNCATE " + read_model.table)
    assert differences(store, conninfo, read_model)
    rebuilt(conninfo, read_model)
    assert differences(store, conninfo, read_model) == []


@every_read_model
def test_shape_names_and_grants_are_as_before(
    store: Store, conninfo: str, read_model: ReadModel[Any]
) -> None:
    fill(store)
    execute(conninfo, f"GRANT SELECT ON {read_model.table} TO PUBLIC")
    before = shape_in_database(conninfo, read_model.table)
    assert before.indexes
    assert before.constraints
    assert before.triggers
    assert any("=r/" in grant for grant in before.grants)
    rebuilt(conninfo, read_model)
    rebuilt(conninfo, read_model)
    assert shape_in_database(conninfo, read_model.table) == before


@every_read_model
def test_the_shape_of_a_rebuild_is_that_of_the_migrations(conninfo: str, read_model: ReadModel[Any]) -> None:
    before = shape_in_database(conninfo, read_model.table)
    rebuilt(conninfo, read_model)
    assert shape_in_database(conninfo, read_model.table) == before


def test_it_tells_how_far_it_is_to_its_process_and_to_all_others(store: Store, conninfo: str) -> None:
    fill(store)
    told = rebuilt(conninfo, MODELS)
    assert [progress.phase for progress in told] == ["folding", "indexing", "catching up", "swapping", "done"]
    assert [progress.status for progress in told] == ["running"] * 4 + ["done"]
    assert {progress.events_total for progress in told} == {300}
    assert told[1].events_done == told[-1].events_done == 300
    (standing,) = store.log.run(lambda connection: standings(connection, [MODELS.table]))
    assert standing.last_run is not None
    assert standing.built_at is not None
    assert (standing.version, standing.last_run.status, standing.last_run.run) == (1, "done", told[0].run)
    assert standing.last_run.events_done == standing.last_run.events_total == 300


def test_one_runs_at_a_time_and_the_other_says_so(conninfo: str) -> None:
    settings = connection_settings(conninfo)
    with closing(Rebuild(settings, MODELS)) as first, closing(Rebuild(settings, PROVIDERS)) as another:
        first.begin()
        another.begin()
        with pytest.raises(RebuildRunning, match="llm_models is being rebuilt already"):
            Rebuild(settings, MODELS).begin()
        assert first.run().status == another.run().status == "done"
    with closing(Rebuild(settings, MODELS)) as later:
        later.begin()


def test_a_run_whose_process_has_gone_says_so_and_the_next_one_cleans_up(store: Store, conninfo: str) -> None:
    fill(store)
    execute(conninfo, "CREATE TABLE llm_models_next (left_over integer)")
    dead = Rebuild(connection_settings(conninfo), MODELS)
    dead.begin()
    assert _last_run(store, "llm_models").status == "running"
    dead.close()
    wait_until(lambda: _last_run(store, "llm_models").status == "died")  # PostgreSQL sees it a moment later
    died = _last_run(store, "llm_models")
    assert died.seconds_left is None
    assert died.failure is not None
    assert "rebuild it again" in died.failure
    rebuilt(conninfo, MODELS)
    assert _last_run(store, "llm_models").status == "done"
    assert _rows(conninfo, "SELECT to_regclass('llm_models_next')") == [(None,)]


def test_a_run_that_begins_between_two_looks_is_not_taken_for_dead(
    conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = connection_settings(conninfo)
    dead = Rebuild(settings, MODELS)
    dead.begin()
    dead.close()
    later = Rebuild(settings, MODELS)

    def look_and_begin(*_: object) -> set[str]:
        later.begin()
        return set()

    monkeypatch.setattr("adapters.postgres.rebuild_progress.locked", look_and_begin)
    with closing(later), psycopg.connect(conninfo) as connection:
        assert last_runs(connection, ["llm_models"])["llm_models"].status == "running"


def test_a_run_that_is_stopped_leaves_the_live_table_and_nothing_else(store: Store, conninfo: str) -> None:
    fill(store)
    stopped: list[Rebuild[Any]] = []

    def stop(_: Progress) -> None:
        stopped[0].stop()

    stopped.append(Rebuild(connection_settings(conninfo), MODELS, stop))
    with closing(stopped[0]) as rebuild:
        rebuild.begin()
        with pytest.raises(RebuildFailed, match="It was stopped"):
            rebuild.run()
    assert (_last_run(store, "llm_models").status, _last_run(store, "llm_models").failure) == (
        "failed",
        "It was stopped.",
    )
    assert differences(store, conninfo, MODELS) == []
    assert _rows(conninfo, "SELECT to_regclass('llm_models_next')") == [(None,)]


def test_a_log_that_no_table_can_hold_is_told_and_changes_nothing(store: Store, conninfo: str) -> None:
    execute(conninfo, "ALTER TABLE llm_providers DROP CONSTRAINT llm_providers_name_taken")
    organization = meta()
    store.append([provider("Same")], organization, NOON)
    store.append([provider("Same")], organization, NOON)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rebuilt(conninfo, PROVIDERS)
    failed = _last_run(store, "llm_providers")
    assert (failed.status, failed.failure) == ("failed", "It broke off: UniqueViolation.")
    assert differences(store, conninfo, PROVIDERS) == []


def test_a_reader_that_keeps_the_table_open_holds_nobody_else_up(store: Store, conninfo: str) -> None:
    """The swap gives up at once, lets others pass, and tries again."""
    fill(store)
    told: list[str] = []

    def note(progress: Progress) -> None:
        told.append(progress.phase)
        if progress.status == "running" and told.count("swapping") == 2:
            store.append([provider("Meanwhile")], meta(), NOON)
            reader.rollback()

    with (
        psycopg.connect(conninfo) as reader,
        closing(Rebuild(connection_settings(conninfo), PROVIDERS, note)) as rebuild,
    ):
        reader.execute("SELECT count(*) FROM llm_providers")
        rebuild.begin()
        rebuild.run()
    assert told.count("swapping") >= 2
    assert differences(store, conninfo, PROVIDERS) == []


def test_a_table_that_is_never_free_ends_the_run(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.rebuild.PATIENCE", 0.0)
    with psycopg.connect(conninfo) as reader:
        reader.execute("SELECT count(*) FROM tokens")
        with pytest.raises(
            RebuildFailed, match="Somebody has kept the live table open: end that transaction"
        ):
            rebuilt(conninfo, _read_model("tokens"))
    assert _last_run(store, "tokens").status == "failed"


def test_what_is_written_in_between_is_in_the_new_table(store: Store, conninfo: str) -> None:
    """Before each phase: new streams, changed ones, names that change hands, and rows that go."""
    fill(store)
    one, two = provider("Alpha"), provider("Beta")
    organization = meta()
    store.append([one, two], organization, NOON)
    names = iter(range(100))

    def write(progress: Progress) -> None:
        if progress.status != "running":
            return
        number = next(names)
        store.append([renamed(store, one.stream.id, f"was {number}")], organization, NOON)
        store.append([renamed(store, two.stream.id, f"Alpha {number}")], organization, NOON)
        store.append([renamed(store, one.stream.id, f"Beta {number}")], organization, NOON)
        store.append([provider(f"New {number}")], organization, NOON)

    with closing(Rebuild(connection_settings(conninfo), PROVIDERS, write)) as rebuild:
        rebuild.begin()
        rebuild.run()
    assert next(names) >= 4
    assert differences(store, conninfo, PROVIDERS) == []


def test_postgresql_that_goes_away_is_told_and_the_run_is_known_to_have_died(
    store: Store, conninfo: str
) -> None:
    fill(store)
    told: list[Progress] = []

    def cut(progress: Progress) -> None:
        told.append(progress)
        end_all_connections(conninfo)

    with closing(Rebuild(connection_settings(conninfo), MODELS, cut)) as rebuild:
        rebuild.begin()
        with pytest.raises(StoreUnavailable):
            rebuild.run()
    assert _last_run(store, "llm_models").status == "died"
    with pytest.raises(StoreUnavailable):
        Rebuild(connection_settings("host=127.0.0.1 port=1"), MODELS).begin()


def _read_model(table: str) -> ReadModel[Any]:
    return next(read_model for read_model in READ_MODELS if read_model.table == table)


def _last_run(store: Store, name: str) -> Progress:
    return store.log.run(lambda connection: last_runs(connection, [name]))[name]


def _rows(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_run_that_is_stopped_in_the_middle_of_its_events_ends_there(
    store: Store, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.rebuild_report._TELL_EVERY", 0.0)
    store.append(discovered(uuid4(), 2000), meta(), NOON)
    told: list[Progress] = []

    def stop(progress: Progress) -> None:
        told.append(progress)
        if progress.events_done > 0:
            rebuild._stopped = True

    with closing(Rebuild(connection_settings(conninfo), MODELS, stop)) as rebuild:
        rebuild.begin()
        with pytest.raises(RebuildFailed, match="It was stopped"):
            rebuild.run()
    assert (told[-1].phase, told[-1].status) == ("folding", "failed")
    assert 0 < told[-1].events_done < 2000
    assert differences(store, conninfo, MODELS) == []
    assert _rows(conninfo, "SELECT to_regclass('llm_models_next')") == [(None,)]


def test_the_planner_knows_the_columns_that_indexes_answer_for(store: Store, conninfo: str) -> None:
    fill(store)
    rebuilt(conninfo, MODELS)
    known = {
        name for (name,) in _rows(conninfo, "SELECT attname FROM pg_stats WHERE tablename = 'llm_models'")
    }
    assert {"id", "organization", "provider_id", "model_id"} <= known


def test_a_replay_reads_its_events_without_workers_that_sort_them_first(store: Store, conninfo: str) -> None:
    fill(store)
    with psycopg.connect(conninfo) as connection:
        ((before,),) = connection.execute("SHOW max_parallel_workers_per_gather").fetchall()
        assert before != "0"
        assert len(list(Replay(connection, MODELS, upto=end_of_log(connection)).rows())) == 300
        assert connection.execute("SHOW max_parallel_workers_per_gather").fetchall() == [("0",)]
