"""Row 1: one append with its read model."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import psycopg

from adapters.postgres.store import Decided, Stream
from api.commands.caller import Caller
from api.commands.core import PROVIDER
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure, medians_in_turn, ratio, stopwatch
from benchmarks.raw_writes import events_since, insert_in_one_transaction, last_position, rows_of
from domain.access import Role
from domain.provider import CreateProvider, Endpoint, create
from domain.provider_type import ProviderType
from tests.support.cores import core_over

LIMIT = 2.0


def figures(*, quick: bool) -> Iterator[Figure]:
    """Append a provider's first event with its row, against a psycopg transaction of the same writes.

    The comparator sends BEGIN, the append lock, the INSERT of the event, the UPSERT of the row, and COMMIT,
    its values ready at hand: Keyroll's encoding, folding and pooling count in full.
    """
    with (
        durable_databases() as databases,
        core_over(databases.ours) as core,
        psycopg.connect(databases.ours, autocommit=True) as look,
        psycopg.connect(databases.raw, autocommit=True) as plain,
    ):
        caller = Caller(uuid4(), "benchmark", Role.ADMIN, "request-1", "127.0.0.1")

        def append() -> float:
            nonlocal caller
            caller = Caller(uuid4(), "benchmark", Role.ADMIN, "request-1", "127.0.0.1")
            events = create(
                CreateProvider("OpenAI", Endpoint(provider_type=ProviderType.OPENAI, base_url=None), None)
            )
            decided = [Decided(Stream(PROVIDER, core.new_id()), events)]
            with stopwatch() as taken:
                core.store.append(decided, caller.meta, datetime.now(UTC))
            return taken.seconds

        def insert() -> float:
            events = events_since(look, last_position(look) - 1)
            rows = rows_of(look, "llm_providers", caller.organization)
            assert len(events.values) == len(rows.values) == 1
            with stopwatch() as taken:
                insert_in_one_transaction(plain, events, rows)
            return taken.seconds

        ours, raw = medians_in_turn(10 if quick else 300, append, insert)
    yield ratio(1, "append with its read model", ours=ours, raw=raw, limit=LIMIT)
