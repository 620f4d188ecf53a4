"""The client of the call path: one request, answered piece by piece, with keys in headers only."""

import ssl
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from adapters.outbound.addressed import addressed, refused
from adapters.outbound.addresses import Network
from adapters.outbound.call_connector import call_connector
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.guard import AddressRule, Resolve, resolve_by_system
from adapters.outbound.headers import sendable
from adapters.outbound.tls import public_authorities
from domain.secret import Secret

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer that comes in one piece."""

_CONNECT_SECONDS: Final = 10.0
_MOST_URLS: Final = 1_000
_NOT_OF_ITS_BODY: Final[CIMultiDict[None]] = CIMultiDict({"Content-Type": None})


class VendorAnswer:
    """An answer whose head has come. Close it in any case: an answer that is not read to its end is cut off.

    Attributes:
        status: the HTTP status.
        headers: by lower-case names.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in self._response.headers.items()}

    def header(self, name: str) -> str:
        """A header's value; empty where there is none."""
        return self._response.headers.get(name, "")

    @property
    def is_read(self) -> bool:
        """Whether nothing of the body is left to come."""
        return self._response.content.at_eof()

    async def piece(self) -> bytes:
        """What has come of the body, as soon as there is something; nothing at its end.

        Raises:
            OutboundError: it breaks off (``unreachable``).
        """
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError):
            raise _broken() from None

    async def read(self, most: int = LARGEST_ANSWER) -> bytes:
        """The whole body.

        Raises:
            OutboundError: it breaks off (``unreachable``), or is larger than ``most`` bytes (``malformed``).
        """
        body = await self.piece()
        if not self.is_read:
            body = await self._rest(bytearray(body), most)
        if len(body) > most:
            raise OutboundError(OutboundFailure.MALFORMED, f"the answer is larger than {most:,} bytes")
        return body

    async def _rest(self, body: bytearray, most: int) -> bytes:
        while len(body) <= most and (piece := await self.piece()):
            body += piece
        return bytes(body)

    def close(self) -> None:
        """Let the connection go: back to its pool if the answer was read to its end, else cut."""
        if self.is_read:
            self._response.release()
        else:
            self._response.close()


class _RequestAsGiven(aiohttp.ClientRequest):
    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        """Add none. Told so by name, aiohttp would sort and copy the names for every request."""
        del skip_auto_headers
        self._skip_auto_headers = _NOT_OF_ITS_BODY


class CallClient:
    """Sends calls. One per process and event loop; guarded as ``Outbound`` is, and by the same rules.

    There are no redirects, cookies, proxies, environment variables or decompression. Retries are the
    caller's, who knows what went out already.

    Args:
        allow: address ranges open besides public ones, for plain http as well.
        trusted_origins: URLs whose origins the operator named himself; they may be anywhere.
        ssl_context: for vendors behind a certificate authority of one's own.
        resolve: how names are looked up.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        trusted_origins: Iterable[str] = (),
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        context = ssl_context or public_authorities()

        def session(rule: AddressRule | None) -> aiohttp.ClientSession:
            return aiohttp.ClientSession(
                connector=call_connector(rule, context, resolve),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                request_class=_RequestAsGiven,
                timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS),
            )

        self._rules = {
            "https": AddressRule(tuple(allow), public=True),
            "http": AddressRule(tuple(allow), public=False),
        }
        self._by_scheme = {scheme: session(rule) for scheme, rule in self._rules.items()}
        self._for_trusted = session(None)
        self._trusted = frozenset(addressed(url).origin() for url in trusted_origins)
        self._known: dict[str, tuple[URL, aiohttp.ClientSession]] = {}

    async def send(
        self, url: str, *, headers: Mapping[str, str | Secret], body: bytes, method: str = "POST"
    ) -> VendorAnswer:
        """Send a request, and wait for the head of its answer, whatever its status is.

        Raises:
            OutboundError: no answer came; ``refused`` and ``unsendable``: nothing was sent.
        """
        address, session = self._known.get(url) or self._find(url)
        plain = {name.decode(): value.decode() for name, value in sendable(headers)}
        try:
            response = await session.request(method, address, data=body, headers=plain, allow_redirects=False)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure(error) from None
        return VendorAnswer(response)

    async def aclose(self) -> None:
        """Close all connections."""
        for session in (*self._by_scheme.values(), self._for_trusted):
            await session.close()

    def _find(self, url: str) -> tuple[URL, aiohttp.ClientSession]:
        """The parsed URL and the pool that may call it, kept for the next call."""
        address = addressed(url, encoded=True)
        scheme, trusted = address.scheme, address.origin() in self._trusted
        if scheme not in self._by_scheme:
            raise refused()
        if not trusted:
            self._refuse_literal(address.host or "", scheme)
        if len(self._known) >= _MOST_URLS:
            self._known.clear()
        found = self._known[url] = (address, self._for_trusted if trusted else self._by_scheme[scheme])
        return found

    def _refuse_literal(self, host: str, scheme: str) -> None:
        """An address in the place of a name is no matter for the resolver, so it is judged here."""
        try:
            address = ip_address(host)
        except ValueError:
            return
        self._rules[scheme].permitted(host, [address])


def _failure(error: Exception) -> OutboundError:
    """The library's own words can quote what was sent or came in, and that can quote the key."""
    match error:
        case aiohttp.ClientSSLError():
            words = "no TLS connection: the server's certificate is not accepted, or it speaks no TLS"
        case aiohttp.ClientConnectorError(os_error=PermissionError()):
            return OutboundError(OutboundFailure.REFUSED, "its address may not be called")
        case aiohttp.ClientConnectorError():
            words = "no connection: the server refuses it, or is not there"
        case TimeoutError():
            return OutboundError(OutboundFailure.TIMEOUT, "no connection came about in time")
        case aiohttp.InvalidURL():
            return refused()
        case _:
            return _broken()
    return OutboundError(OutboundFailure.UNREACHABLE, words)


def _broken() -> OutboundError:
    return OutboundError(OutboundFailure.UNREACHABLE, "the connection broke before the answer was whole")
