"""Rows 3 and 4: a provider's first sync, and the next one, which finds nothing new."""

import http.client
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection

from api.collector import calm_collector
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure, medians_in_turn, ratio, stopwatch
from benchmarks.listing_server import (
    anthropic_paths,
    listing_server,
    openai_paths,
)
from benchmarks.raw_writes import copy_in_one_transaction, events_since, rows_of
from benchmarks.synced_vendor import SyncedVendor
from domain.provider_type import ProviderType
from tests.support.cores import core_over

FIRST_LIMIT = 2.6
UNCHANGED_LIMIT = 0.7


def figures(*, quick: bool) -> Iterator[Figure]:
    """Sync 10,000 models end to end for the first time and again, against the first sync's raw work.

    The comparator fetches the same bytes from the same server with http.client, parses them with json, and
    copies the same events and rows, which lie ready, in one transaction. Both run under the serving process's
    settings of the garbage collector.
    """
    size, rounds = (300, 3) if quick else (10_000, 9)
    calm_collector()
    vendors = ((ProviderType.OPENAI, openai_paths()), (ProviderType.ANTHROPIC, anthropic_paths(size)))
    with (
        listing_server(size) as url,
        durable_databases() as databases,
        core_over(databases.ours) as core,
        psycopg.connect(databases.ours, autocommit=True) as look,
        psycopg.connect(databases.raw, autocommit=True) as plain,
    ):
        for provider_type, paths in vendors:
            ours = SyncedVendor(core, databases.ours, url, provider_type, size)
            raw = _Raw(look, plain, url, paths, ours)
            first, copied, again = medians_in_turn(
                rounds, ours.first_sync, raw.fetch_and_copy, ours.next_sync
            )
            what = f"sync of {size:,} models, {provider_type.value}"
            yield ratio(3, f"first {what}", ours=first, raw=copied, limit=FIRST_LIMIT)
            yield ratio(4, f"unchanged {what}", ours=again, raw=copied, limit=UNCHANGED_LIMIT)


class _Raw:
    """The comparator."""

    def __init__(
        self,
        look: Connection[Any],
        plain: Connection[Any],
        url: str,
        paths: Sequence[str],
        ours: SyncedVendor,
    ) -> None:
        self._look = look
        self._plain = plain
        self._address = urlsplit(url).netloc
        self._paths = paths
        self._ours = ours

    def fetch_and_copy(self) -> float:
        organization = self._ours.organization
        written = [
            events_since(self._look, self._ours.position_before),
            rows_of(self._look, "llm_models", organization),
            rows_of(self._look, "syncs", organization),
        ]
        with stopwatch() as taken:
            self._fetch()
            copy_in_one_transaction(self._plain, *written)
        return taken.seconds

    def _fetch(self) -> None:
        connection = http.client.HTTPConnection(self._address)
        for path in self._paths:
            connection.request("GET", path)
            json.loads(connection.getresponse().read())
        connection.close()
