"""Row 2: many events with their rows in one append."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg

from adapters.postgres.store import Decided, Stream
from api.commands.caller import Caller
from api.commands.core import MODEL, Core
from benchmarks.databases import Databases, durable_databases
from benchmarks.figure import Figure, medians_in_turn, ratio, stopwatch
from benchmarks.raw_writes import copy_in_one_transaction, events_since, last_position, rows_of
from domain.access import Role
from domain.listing import ModelFacts, ModelKind
from domain.model import ModelDiscovered, stream_of
from tests.support.cores import core_over

LIMIT = 2.0


def figures(*, quick: bool) -> Iterator[Figure]:
    """Append 400 and 10,000 events with their rows, against a raw binary COPY of the same.

    The comparator copies rows that lie ready, in one transaction under the append lock: Keyroll's encoding of
    events and folding of rows count in full.
    """
    with durable_databases() as databases, core_over(databases.ours) as core:
        for size, rounds in ((400, 3),) if quick else ((400, 41), (10_000, 11)):
            ours, raw = _medians(core, databases, size, rounds)
            yield ratio(2, f"append of {size:,} events with rows", ours=ours, raw=raw, limit=LIMIT)


def _medians(core: Core, databases: Databases, size: int, rounds: int) -> list[float]:
    with (
        psycopg.connect(databases.ours, autocommit=True) as look,
        psycopg.connect(databases.raw, autocommit=True) as plain,
    ):
        organization = uuid4()

        def append() -> float:
            nonlocal organization
            organization = uuid4()
            caller = Caller(organization, "benchmark", Role.ADMIN, "request-1", "127.0.0.1")
            decided = _discovered(size, uuid4(), uuid4())
            with stopwatch() as taken:
                core.store.append(decided, caller.meta, datetime.now(UTC))
            return taken.seconds

        def copy() -> float:
            events = events_since(look, last_position(look) - size)
            rows = rows_of(look, "llm_models", organization)
            assert len(events.values) == len(rows.values) == size
            with stopwatch() as taken:
                copy_in_one_transaction(plain, events, rows)
            return taken.seconds

        return medians_in_turn(rounds, append, copy)


def _discovered(size: int, provider_id: UUID, sync_id: UUID) -> list[Decided]:
    return [
        Decided(
            Stream(MODEL, stream_of(provider_id, f"model-{number}")),
            (
                ModelDiscovered(
                    provider_id=provider_id,
                    model_id=f"model-{number}",
                    facts=ModelFacts(
                        kind=ModelKind.CHAT,
                        display_name=f"Model {number}",
                        context_window=200_000,
                        capabilities={"vision": True, "tools": True},
                        released_at=datetime(2025, 2, 19, tzinfo=UTC),
                    ),
                    sync_id=sync_id,
                ),
            ),
        )
        for number in range(size)
    ]
