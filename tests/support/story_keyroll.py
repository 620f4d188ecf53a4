"""A Keyroll that a random story can hurt: its process dies in a sync, its database goes away for a moment."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import PoolClosed

from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Appended, Prepared
from api.commands.bootstrap import organization_of
from api.commands.caller import Caller
from api.compose import opened, running
from domain.access import Role
from domain.event import Recorded
from projections.all import FOLLOWED_BY, READ_MODELS
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.log_checks import stored_rows
from tests.support.vendors_of_a_story import StoryVendors

_PAGE = 500


class StoryKeyroll(KeyrollInAThread):
    """Its background work is off, so that nothing happens but the story."""

    @classmethod
    def of(cls, conninfo: str, folder: Path, vendors: StoryVendors) -> Self:
        """A Keyroll that these vendors serve."""
        environ: dict[str, Any] = {"KEYROLL_SYNC_INTERVAL_HOURS": "0", **vendors.environ}
        return cls(conninfo, folder, **environ)

    @property
    def conninfo(self) -> str:
        """Its database."""
        assert self._settings.database_url is not None
        return self._settings.database_url.reveal()

    def cut_connections(self) -> None:
        """End every connection to the database, as its restart does."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            others = connection.execute(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend'"
                " AND pid <> pg_backend_pid()"
            )
            ended = [pid for pid, _ in others]
            left = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
            wait_until(lambda: connection.execute(left, [ended]).fetchone() == (0,))

    def another_dies_in_a_sync(
        self, organization: str, provider_id: str, provider_type: str, vendors: StoryVendors, writes: int
    ) -> None:
        """Another process on the same database syncs, and is gone some writes after the vendor's answer."""
        caller = Caller(organization_of(organization), "another", Role.ADMIN, "dies")
        with opened(self._settings) as database, pytest.MonkeyPatch.context() as monkeypatch:
            store = database.core.store
            left = [writes]

            def die() -> None:
                if left[0]:
                    put = store.put
                    monkeypatch.setattr(store, "put", lambda prepared: last_writes(put, prepared))
                else:
                    store.close()

            def last_writes(put: Callable[[Prepared], Appended], prepared: Prepared) -> Appended:
                appended = put(prepared)
                left[0] -= 1
                if not left[0]:
                    store.close()
                return appended

            vendors.before_answering(provider_type, die)

            async def begin() -> None:
                async with running(self._settings, database) as parts:
                    await parts.syncing.sync(caller, UUID(provider_id))

            with suppress(StoreUnavailable, PoolClosed):
                asyncio.run(begin())

    def log_end(self) -> int:
        """The position of the last event."""
        statement = b"SELECT coalesce(max(notification_id), 0) FROM stored_events"
        ((position,),) = self.core.store.log.run(lambda connection: connection.execute(statement).fetchall())
        return int(position)

    def log_after(self, position: int) -> list[Recorded[Any]]:
        """The events after a position."""
        found: list[Recorded[Any]] = []
        while page := self.core.store.log.log(position, _PAGE):
            found += map(self.core.store.mapper.to_domain_event, page)
            position = page[-1].position
        return found

    def rows_of(self, organization: str) -> dict[str, dict[UUID, Any]]:
        """Every read model's rows of an organization."""
        its = organization_of(organization)
        return {
            one.table: {row.id: row for row in stored_rows(self.core, one) if row.organization == its}
            for one in READ_MODELS
        }


def rebuilt(log: list[Recorded[Any]]) -> dict[str, dict[UUID, Any]]:
    """Every read model's rows as the log says they are."""
    rows: dict[str, dict[UUID, Any]] = {read_model.table: {} for read_model in READ_MODELS}
    for recorded in log:
        read_model = FOLLOWED_BY[type(recorded.event)]
        table = rows[read_model.table]
        table[recorded.originator_id] = read_model.fold(table.get(recorded.originator_id), recorded)
    return {table: {id_: row for id_, row in found.items() if row} for table, found in rows.items()}
