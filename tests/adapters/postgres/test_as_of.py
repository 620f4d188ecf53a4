"""A look at the past, while read models are made anew."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event
from uuid import UUID, uuid4

from adapters.postgres.as_of import as_of
from adapters.postgres.datastore import connection_settings
from adapters.postgres.queries.providers import page_of_providers
from adapters.postgres.reader import Reader
from adapters.postgres.rebuild import Rebuild
from adapters.postgres.rebuild_progress import Progress
from adapters.postgres.store import Store
from projections.providers import PROVIDERS
from tests.support.examples import NOON
from tests.support.writes import meta, provider


def test_a_look_at_the_past_sees_every_row_though_their_table_is_being_replaced(
    store: Store, conninfo: str
) -> None:
    organization = uuid4()
    created = provider("One")
    position = store.append([created], meta(organization), NOON).position
    waits_or_is_done = Event()
    told: list[str] = []

    def note(progress: Progress) -> None:
        told.append(progress.phase)
        if progress.status != "running" or told.count("swapping") == 2:
            waits_or_is_done.set()

    def rebuild() -> Progress:
        with closing(Rebuild(connection_settings(conninfo), PROVIDERS, note)) as run:
            run.begin()
            return run.run()

    async def look(threads: ThreadPoolExecutor) -> tuple[list[UUID], Future[Progress]]:
        async with Reader(conninfo) as reader, as_of(reader, organization, position) as past:
            rebuilding = threads.submit(rebuild)
            assert await asyncio.to_thread(waits_or_is_done.wait, 60)
            found = await page_of_providers(past, organization, after=UUID(int=0), limit=9)
        return [one.row.id for one in found], rebuilding

    with ThreadPoolExecutor(1) as threads:
        seen, rebuilding = asyncio.run(look(threads))
        assert rebuilding.result(60).status == "done"
    assert seen == [created.stream.id]
