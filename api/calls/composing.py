"""Puts together what calls are served with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from adapters.drivers.calls.registry import CALL_DRIVERS
from adapters.outbound.calls import CallClient
from adapters.postgres.reader import Reader
from api.calls.call_log import CallLog
from api.calls.call_parts import CallParts
from api.calls.freshness import Freshness
from api.calls.keys import CallKeys
from api.calls.observed import Observer
from api.calls.routing_view import RoutingView
from api.calls.traces import CallTraces
from api.calls.usage_counts import UsageCounts
from api.calls.usage_flush import UsageFlush
from api.commands.core import Core
from api.settings import Settings


@asynccontextmanager
async def serving_calls(
    settings: Settings, core: Core, reader: Reader, observers: tuple[Observer, ...]
) -> AsyncIterator[CallParts]:
    """The parts, the view of the log among them, for the time of a block. All observers are told of calls.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    keys = CallKeys(reader, core.vault, settings.standing_keys)
    view = RoutingView(settings.standing_keys, keys.forget)
    freshness = Freshness(view, reader, asyncio.get_running_loop().time)
    client = CallClient(allow=settings.outbound_allow, trusted_origins=settings.trusted_origins)
    counts = UsageCounts(view)
    usage = UsageFlush(reader, counts)
    async with aclosing(client), freshness.at_work(), usage.at_work():
        yield CallParts(
            view=view,
            freshness=freshness,
            keys=keys,
            client=client,
            drivers=CALL_DRIVERS,
            base_urls=settings.base_urls,
            fingerprints=core.fingerprints,
            observers=(CallLog(), counts, *observers, CallTraces()),
            usage=usage,
        )
