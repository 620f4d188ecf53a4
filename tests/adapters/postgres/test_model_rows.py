from datetime import timedelta
from uuid import uuid4

from adapters.postgres.columns import columns_of
from adapters.postgres.model_rows import (
    last_synced_at,
    models_by_id,
    models_of_provider,
    roll_of_provider,
    running_sync,
    running_syncs,
)
from adapters.postgres.store import Decided, Store
from api.commands.core import MODEL, SYNC
from domain.listing import SyncFailure
from domain.model import ModelDeleted, stream_of
from domain.sync import SyncCompleted, SyncCounts, SyncEvent, SyncFailed
from projections.default_models import DefaultModelRow
from tests.support.examples import NOON
from tests.support.writes import discovered, meta, started

COLUMNS = '"id", "organization", "version", "default_id", "chosen_at", "chosen_by"'


def test_a_providers_models_are_all_of_them_the_deleted_ones_too(store: Store) -> None:
    provider_id, another = uuid4(), uuid4()
    appended = store.append([*discovered(provider_id, 3), *discovered(another, 1)], meta(), NOON)
    gone = ModelDeleted(provider_id=provider_id, model_id="m1", reason="asked")
    stream = store.load(MODEL, stream_of(provider_id, "m1"))
    appended.rows.update(store.append([Decided(stream, (gone,))], meta(), NOON).rows)
    rows = {row.model_id: row for row in models_of_provider(store, provider_id)}
    assert rows.keys() == {"m0", "m1", "m2"}
    assert all(row == appended.rows[row.id] for row in rows.values())
    assert rows["m1"].deleted
    assert models_of_provider(store, uuid4()) == []


def test_the_last_success_counts_and_a_failure_does_not(store: Store) -> None:
    provider_id = uuid4()
    assert (running_sync(store, provider_id), last_synced_at(store, provider_id)) == (None, None)
    who = {"provider_id": provider_id, "provider_name": "One"}
    completed = SyncCompleted(**who, counts=SyncCounts(), listing_digest="d1")
    failed = SyncFailed(**who, failure=SyncFailure.TIMEOUT, message="No answer.")
    ends: list[SyncEvent] = [completed, completed, failed]
    for hour, end in enumerate(ends):
        run = started(provider_id)
        began = store.append([run], meta(), NOON)
        assert running_sync(store, provider_id) == began.rows[run.stream.id]
        assert running_syncs(store) == [began.rows[run.stream.id]]
        ended = Decided(store.load(SYNC, run.stream.id), (end,))
        store.append([ended], meta(), NOON + timedelta(hours=hour))
        assert running_sync(store, provider_id) is None
        assert running_syncs(store) == []
    assert last_synced_at(store, provider_id) == NOON + timedelta(hours=1)


def test_a_rows_columns_stand_in_a_statement_in_their_order() -> None:
    assert columns_of(DefaultModelRow).as_string() == COLUMNS
    assert columns_of(DefaultModelRow, "d").as_string() == COLUMNS.replace('"id"', '"d"."id"').replace(
        ', "', ', "d"."'
    )


def test_a_roll_says_in_brief_what_the_rows_say(store: Store) -> None:
    provider_id = uuid4()
    store.append([*discovered(provider_id, 2), *discovered(uuid4(), 1)], meta(), NOON)
    rows = models_of_provider(store, provider_id)
    assert len(rows) == 2
    briefs = [
        (row.version, row.model_id, row.source, row.stale, row.deleted, row.facts, "{}", None) for row in rows
    ]
    assert sorted(roll_of_provider(store, provider_id, NOON)) == sorted(briefs)


def test_rows_are_found_by_their_ids_and_an_unknown_id_is_left_out(store: Store) -> None:
    provider_id = uuid4()
    store.append(discovered(provider_id, 2), meta(), NOON)
    known = {row.id: row for row in models_of_provider(store, provider_id) if row.model_id == "m1"}
    assert len(known) == 1
    assert models_by_id(store, [*known, uuid4()]) == known
    assert models_by_id(store, []) == {}
