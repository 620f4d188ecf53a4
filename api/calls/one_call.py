"""One call from its decoded request to the end of its answer."""

import asyncio
import time
from typing import Final

from litestar.types import Receive

from adapters.drivers.calls.local import LOCAL_DRIVERS
from adapters.postgres.refusals import StoreUnavailable
from adapters.vault.errors import VaultError
from api.calls.answering import Answering
from api.calls.asked import Asked
from api.calls.attempts import Exchange
from api.calls.call_parts import CallParts
from api.calls.callers import fresh
from api.calls.delivery import Delivery
from api.calls.keys import KeyGone
from api.calls.observed import CallRecord
from api.calls.prepared import PROTOCOLS, prepared
from api.calls.refusals import CallRefused
from api.calls.routes import routed
from api.calls.routing_view import Bearer
from api.calls.sources import FromHere, OverHttp, Source
from api.calls.spoken import Spoken
from domain.routing import Route
from domain.secret import Secret

_SOON: Final = {"Retry-After": "1"}


class OneCall:
    """A call under way.

    Args:
        parts: what calls are served with.
        spoken: the caller's protocol.
        bearer: who calls.
        asked: what was asked.
        called: where what becomes of it is written down.
    """

    def __init__(
        self, parts: CallParts, spoken: Spoken, bearer: Bearer, asked: Asked, called: CallRecord
    ) -> None:
        self._parts = parts
        self._spoken = spoken
        self._bearer = bearer
        self._asked = asked
        self._called = called
        self._started = time.perf_counter()
        self._end = asyncio.get_running_loop().time() + asked.timeout

    async def serve(self, receive: Receive, answering: Answering) -> None:
        """Bring the answer. Raises CallRefused: there is none; CallerLeft: nobody waits for it."""
        route, key = await self._routed()
        parts = self._parts
        source = self._source(route, key)
        del key
        delivery = Delivery(route, parts.view.position, self._started, parts.lookout)
        try:
            await delivery.bring(source, receive, answering)
        finally:
            _note(self._called, delivery)

    def _source(self, route: Route, key: Secret | None) -> Source:
        """Where the answer comes from. Raises CallRefused: the call cannot be read, or not be said there."""
        parts, spoken, asked = self._parts, self._spoken, self._asked
        provider = route.provider
        model = parts.view.call_model(self._bearer.organization, route.model)
        local = LOCAL_DRIVERS.get(provider.provider_type)
        if local is not None:
            return FromHere(local, spoken, asked, model, self._end, parts.pause)
        driver = parts.drivers[PROTOCOLS[provider.provider_type]]
        ready = prepared(spoken, driver, asked, model, provider, key, parts.base_urls)
        exchange = Exchange(parts.client, driver, ready.request, ready.secrets, self._end, parts.pause)
        return OverHttp(exchange, ready)

    async def _routed(self) -> tuple[Route, Secret | None]:
        """Where the call goes, and the key for it; once more where the key has just been destroyed."""
        try:
            return await self._route()
        except KeyGone:
            self._parts.freshness.written()
            await fresh(self._parts)
        try:
            return await self._route()
        except KeyGone:
            raise CallRefused(
                503, "key_unavailable", "The provider's key is being changed. Try again.", headers=_SOON
            ) from None

    async def _route(self) -> tuple[Route, Secret | None]:
        organization = self._bearer.organization
        route = routed(self._parts.view.organization(organization), self._asked.model)
        self._called.route = route
        try:
            return route, await self._parts.keys.open(organization, route.provider)
        except StoreUnavailable:
            raise CallRefused(
                503, "unavailable", "The provider's key cannot be read now. Try again.", headers=_SOON
            ) from None
        except VaultError as error:
            raise CallRefused(
                500, "key_unavailable", f"The provider's key cannot be opened: {error}."
            ) from None


def _note(called: CallRecord, delivery: Delivery) -> None:
    called.usage = delivery.usage
    called.attempts = delivery.attempts.count
    if delivery.broke is not None:
        called.broke = delivery.broke.kind
    if delivery.first_byte is not None:
        called.first_byte = delivery.first_byte
        called.overhead = delivery.first_byte - delivery.started - delivery.attempts.waited
