"""What calls are served with."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.drivers.calls.driver import CallDriver
from adapters.drivers.registry import BaseUrls
from adapters.outbound.calls import CallClient
from adapters.vault.fingerprint import Fingerprints
from api.calls.attempts import Pause
from api.calls.capacity import Capacity
from api.calls.freshness import Freshness
from api.calls.keys import CallKeys
from api.calls.observed import Observer
from api.calls.routing_view import RoutingView
from api.calls.usage_flush import UsageFlush
from api.calls.watching import Lookout
from domain.conversation import Protocol


@dataclass(frozen=True, slots=True)
class CallParts:
    """The parts of a process that serves calls.

    Attributes:
        view: what calls are routed by.
        freshness: keeps it at the log's end.
        keys: opens providers' keys.
        client: sends.
        drivers: who speaks which protocol.
        base_urls: where the vendors' own APIs are.
        fingerprints: recognizes tokens.
        usage: brings what calls come to into the database.
        capacity: how many calls there is room for.
        lookout: watches callers.
        pause: how to wait between attempts.
        observers: who is told of each call.
    """

    view: RoutingView
    freshness: Freshness
    keys: CallKeys
    client: CallClient
    drivers: Mapping[Protocol, CallDriver]
    base_urls: BaseUrls
    fingerprints: Fingerprints
    usage: UsageFlush
    capacity: Capacity = field(default_factory=Capacity)
    lookout: Lookout = field(default_factory=Lookout)
    pause: Pause = asyncio.sleep
    observers: tuple[Observer, ...] = ()
