"""The one composition root: from settings to running parts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from adapters.catalogue.lazily import enrich
from adapters.drivers.registry import driver_for
from adapters.outbound.client import Outbound
from adapters.postgres.appending import Appending
from adapters.postgres.leases import Leases
from adapters.postgres.migration import bring_forward, let_in
from adapters.postgres.own_connection import OwnConnection
from adapters.postgres.reader import Reader
from adapters.postgres.recognizer import Recognizer
from adapters.postgres.sealed_keys import sealed_key_of_nobody
from adapters.postgres.store import Store
from adapters.vault.fingerprint import Fingerprints
from adapters.vault.fingerprint_key import (
    FINGERPRINT_KEY_ID,
    new_fingerprint_key,
    open_fingerprint_key,
    seal_fingerprint_key,
)
from adapters.vault.master_key_file import read_or_create_master_key_file
from adapters.vault.master_keys import MasterKeys, parse_master_keys
from adapters.vault.vault import Vault
from api.calls.call_parts import CallParts
from api.calls.composing import serving_calls
from api.commands.checks import Checking
from api.commands.core import Core
from api.commands.projections import Rebuilding
from api.commands.syncs import Syncing
from api.following import following_the_log
from api.http.idempotency import Idempotency
from api.metrics.calls import CallMetrics
from api.metrics.metrics import Metrics
from api.metrics.process import ProcessFacts
from api.metrics.syncs import SyncMetrics
from api.routes.parts import Parts
from api.scheduler import Scheduler
from api.settings import DatabasePlace, Settings, SettingsError
from api.telling import telling_webhooks
from api.timetable import Timetable

MASTER_KEY_FILE = "master-key"


@dataclass(frozen=True, slots=True)
class Opened:
    """The database, opened: what commands need, and where readers connect."""

    core: Core
    conninfo: str


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """Open the database that the settings name, starting the embedded one if they name none.

    Raises:
        SettingsError: the data folder cannot be used.
        StoreUnavailable: the database cannot be reached.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        rule = f"names the folder {settings.data_dir}, which cannot be used: {error.strerror}"
        raise SettingsError("KEYROLL_DATA_DIR", rule) from None
    with reached(DatabasePlace(settings.database_url, settings.data_dir)) as conninfo:
        store = Store(conninfo)
        try:
            vault = Vault(_master_keys(settings))
            fingerprints = _fingerprints(store, vault)
            core = Core(store, vault, fingerprints, simulators_allowed=settings.simulators_allowed)
            yield Opened(core, conninfo)
        finally:
            store.close()


@asynccontextmanager
async def running(settings: Settings, opened_store: Opened) -> AsyncIterator[Parts]:
    """The parts of a serving process, on the event loop that serves, and the schedule at work."""
    core = opened_store.core
    call_metrics, sync_metrics = CallMetrics(), SyncMetrics()
    timetable = Timetable(timedelta(hours=settings.sync_interval_hours), settings.standing_keys)
    async with reaching_out(settings) as outbound:
        syncing = replace(syncing_over(settings, opened_store, outbound), ended=sync_metrics.ended)
        await syncing.close_dead_runs()
        async with (
            Reader(opened_store.conninfo) as reader,
            aclosing(OwnConnection(opened_store.conninfo)) as asking,
            aclosing(OwnConnection(opened_store.conninfo)) as writing,
            aclosing(Rebuilding(opened_store.conninfo)) as rebuilding,
            serving_calls(settings, core, reader, (call_metrics,)) as calls,
            following_the_log(core.store, opened_store.conninfo, reader, calls.freshness) as tail,
            telling_webhooks(core, opened_store.conninfo, reader, tail, outbound) as messenger,
        ):
            scheduler = Scheduler(syncing, reader, timetable)
            parts = Parts(
                core=core,
                reader=reader,
                recognizer=Recognizer(asking, reader),
                appending=Appending(core.store, writing),
                syncing=syncing,
                checking=Checking(
                    core,
                    lambda provider_type, base_url: driver_for(
                        provider_type, outbound, settings.base_urls.at(provider_type, base_url)
                    ),
                    settings.standing_keys,
                ),
                idempotency=Idempotency(reader, core.fingerprints),
                environment_keys=settings.standing_keys,
                scheduler=scheduler,
                timetable=timetable,
                tail=tail,
                messenger=messenger,
                rebuilding=rebuilding,
                calls=calls,
                metrics=Metrics(settings.metrics_token, call_metrics, sync_metrics, partial(_facts, calls)),
                stopping=asyncio.Event(),
            )
            async with scheduler.at_work():
                yield parts


def _facts(calls: CallParts) -> ProcessFacts:
    return ProcessFacts(
        position=calls.view.position,
        under_way=calls.capacity.under_way,
        flush_lag=calls.usage.lag,
        left_out=calls.usage.left_out,
    )


@asynccontextmanager
async def reaching_out(settings: Settings) -> AsyncIterator[Outbound]:
    """The one way out to vendors, for the time of a block."""
    outbound = Outbound(allow=settings.outbound_allow, trusted_origins=settings.trusted_origins)
    try:
        yield outbound
    finally:
        await outbound.aclose()


def syncing_over(settings: Settings, opened_store: Opened, outbound: Outbound) -> Syncing:
    """What a sync works with."""
    return Syncing(
        opened_store.core,
        Leases(opened_store.conninfo),
        lambda provider_type: driver_for(provider_type, outbound, settings.base_urls),
        settings.standing_keys,
        enrich,
    )


@contextmanager
def reached(place: DatabasePlace) -> Iterator[str]:
    """How to connect to the database. Keyroll's own is started, and brought to this version's shape.

    Raises:
        EmbeddedPostgresError: Keyroll's own cannot be started.
        StoreUnavailable: it is of a newer version.
    """
    if place.url is not None:
        yield place.url.reveal()
        return
    from adapters.embedded.conninfo import SERVICE  # noqa: PLC0415  # not needed with a database
    from adapters.embedded.keeper import kept_running  # noqa: PLC0415  # as above

    with kept_running(place.data_dir) as server:
        let_in(server.conninfo, server.service_conninfo, SERVICE, server.service_password)
        bring_forward(server.conninfo, SERVICE)
        yield server.service_conninfo


def _master_keys(settings: Settings) -> MasterKeys:
    if settings.master_keys is not None:
        return parse_master_keys(settings.master_keys.reveal())
    return read_or_create_master_key_file(settings.data_dir / MASTER_KEY_FILE)


def _fingerprints(store: Store, vault: Vault) -> Fingerprints:
    sealed = sealed_key_of_nobody(
        store, FINGERPRINT_KEY_ID, lambda: seal_fingerprint_key(vault, new_fingerprint_key())
    )
    return Fingerprints(open_fingerprint_key(vault, sealed))
