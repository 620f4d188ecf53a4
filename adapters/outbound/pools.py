"""Connection pools, each behind the guard that its URLs need."""

import ssl
from collections.abc import Iterable, Sequence

import httpcore
from yarl import URL

from adapters.outbound.addressed import addressed, refused
from adapters.outbound.addresses import Network
from adapters.outbound.guard import GuardedBackend, Resolve

_IDLE_SECONDS = 5.0


class GuardedPools:
    """Chooses the pool for a URL, or refuses the URL.

    * ``https``: public addresses and the operator's ranges.
    * ``http``: the operator's ranges alone.
    * An origin that the operator named himself: any address, plain http too. No other origin shares its pool.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network],
        trusted_origins: Iterable[str],
        ssl_context: ssl.SSLContext,
        resolve: Resolve,
        dialler: httpcore.AsyncNetworkBackend,
    ) -> None:
        def pool(backend: httpcore.AsyncNetworkBackend) -> httpcore.AsyncConnectionPool:
            return httpcore.AsyncConnectionPool(
                ssl_context=ssl_context,
                max_connections=100,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=backend,
            )

        def guarded(*, public: bool) -> httpcore.AsyncConnectionPool:
            return pool(GuardedBackend(allow, public=public, resolve=resolve, dialler=dialler))

        self._by_scheme = {"https": guarded(public=True), "http": guarded(public=False)}
        self._for_trusted = pool(dialler)
        self._trusted = frozenset(addressed(url).origin() for url in trusted_origins)

    def pool_for(self, url: URL) -> httpcore.AsyncConnectionPool:
        """The pool that may call ``url``. Raises OutboundError (``refused``) if none may."""
        pool = self._for_trusted if url.origin() in self._trusted else self._by_scheme.get(url.scheme)
        if pool is None:
            raise refused()
        return pool

    async def aclose(self) -> None:
        for pool in (*self._by_scheme.values(), self._for_trusted):
            await pool.aclose()
