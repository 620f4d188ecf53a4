"""The client that everything uses which asks a vendor for JSON, or tells a receiver of events."""

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpcore
from yarl import URL

from adapters.outbound.addressed import addressed
from adapters.outbound.addresses import Network
from adapters.outbound.answer import JsonAnswer, Limits, read_answer
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.guard import Resolve, resolve_by_system
from adapters.outbound.headers import sendable
from adapters.outbound.pools import GuardedPools
from adapters.outbound.quiet import silence_http_loggers
from adapters.outbound.receipt import Receipt, read_receipt
from adapters.outbound.retrying import Chance, Retrying
from adapters.outbound.tls import public_authorities
from domain.secret import Secret

Answer = TypeVar("Answer")


def _now() -> datetime:
    return datetime.now(UTC)


class Outbound:
    """Asks vendors for JSON and posts to receivers: guarded and capped. One per process and event loop.

    It stands on httpx's own engine, because the guard must sit inside the connection; so there are no
    redirects, cookies, proxies or environment variables to switch off.

    Args:
        allow: address ranges open besides public ones, for plain http as well.
        trusted_origins: URLs whose origins the operator named himself; they may be anywhere.
        limits: caps on time and size.
        ssl_context: for vendors behind a certificate authority of one's own.
        resolve: how names are looked up.
        dialler: what opens connections to addresses.
        clock: seconds that only grow, for deadlines.
        now: the time of day with its zone, for HTTP dates.
        sleep: how to wait between attempts.
        chance: a number from 0 to 1, for the jitter of waits.
    """

    def __init__(  # noqa: PLR0913  all are optional, and each is one seam to the outside
        self,
        *,
        allow: Sequence[Network] = (),
        trusted_origins: Iterable[str] = (),
        limits: Limits | None = None,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_by_system,
        dialler: httpcore.AsyncNetworkBackend | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Chance = random.random,
    ) -> None:
        silence_http_loggers()
        self.clock = clock
        self._now = now
        self._limits = limits or Limits()
        self._retrying = Retrying(clock=clock, now=now, sleep=sleep, chance=chance)
        self._pools = GuardedPools(
            allow=allow,
            trusted_origins=trusted_origins,
            ssl_context=ssl_context or public_authorities(),
            resolve=resolve,
            dialler=dialler or httpcore.AnyIOBackend(),
        )

    async def get_json(
        self, url: str, *, headers: Mapping[str, str | Secret], deadline: float, shape: Any = object
    ) -> JsonAnswer:
        """GET a JSON document.

        Args:
            url: the address, without any key in it.
            headers: what to send; keys as Secret.
            deadline: seconds that all attempts and the waits between them may take together.
            shape: what the document is read as, see ``decode_json``.

        Raises:
            OutboundError: there is no usable answer, after at most two retries.
        """
        secrets = [value for value in headers.values() if isinstance(value, Secret)]
        plain = [*sendable({"accept": "application/json", "accept-encoding": "gzip", **headers})]

        async def attempt(seconds: float) -> JsonAnswer:
            return await _in_time(seconds, lambda: self._get(addressed(url), plain, secrets, shape))

        return await self._retrying.run(attempt, deadline)

    async def post_once(
        self, url: str, *, headers: Mapping[str, str | Secret], body: bytes, deadline: float
    ) -> Receipt:
        """POST a body, once; whoever posts has his own rules for when to try again.

        Args:
            url: the address, without any key in it.
            headers: what to send; keys as Secret.
            body: the bytes.
            deadline: seconds that it may take.

        Raises:
            OutboundError: no answer came. An answer of any status is a receipt.
        """
        secrets = [value for value in headers.values() if isinstance(value, Secret)]
        plain = [*sendable(headers)]

        async def post() -> Receipt:
            async with self._exchange("POST", addressed(url), plain, body) as response:
                return await read_receipt(response, secrets, self._now())

        return await _in_time(deadline, post)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pools.aclose()

    async def _get(
        self, url: URL, headers: list[tuple[bytes, bytes]], secrets: Sequence[Secret], shape: Any
    ) -> JsonAnswer:
        async with self._exchange("GET", url, headers) as response:
            return await read_answer(response, self._limits, secrets, shape)

    def _exchange(
        self, method: str, url: URL, headers: list[tuple[bytes, bytes]], body: bytes | None = None
    ) -> AbstractAsyncContextManager[httpcore.Response]:
        silences = {"connect": self._limits.connect, "read": self._limits.read, "write": self._limits.read}
        return self._pools.pool_for(url).stream(
            method,
            httpcore.URL(scheme=url.scheme, host=url.raw_host or "", port=url.port, target=url.raw_path_qs),
            headers=headers,
            content=body,
            extensions={"timeout": silences},
        )


async def _in_time(seconds: float, exchange: Callable[[], Awaitable[Answer]]) -> Answer:
    """What an exchange brings. Raises OutboundError for all that can go wrong on the way."""
    try:
        async with asyncio.timeout(seconds):
            return await exchange()
    except (TimeoutError, httpcore.TimeoutException):
        raise OutboundError(OutboundFailure.TIMEOUT, "no answer came in time") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        # The library's own words can quote what came in, and that can quote the key.
        raise OutboundError(OutboundFailure.UNREACHABLE, _why_unreachable(error)) from None


def _why_unreachable(error: BaseException) -> str:
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return "no TLS connection: the server's certificate is not accepted, or it speaks no TLS"
    if isinstance(error, httpcore.ConnectError):
        return "no connection: the server refuses it, or is not there"
    return "the connection broke before the answer was whole"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__  # httpcore's pool drops the cause and leaves the context
