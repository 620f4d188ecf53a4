"""The guard inside the connection: it looks a name up once and dials only an address that it has checked."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import NamedTuple

import httpcore

from adapters.outbound.addresses import Address, Network, why_not_public
from adapters.outbound.failure import OutboundError, OutboundFailure

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""A host and a port to the addresses they stand for, in the order in which to try them."""


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver. OSError: the name has no address; UnicodeError: it is no name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class AddressRule(NamedTuple):
    """Which addresses may be dialled: the ranges that the operator opened, and maybe public ones as well."""

    allow: Sequence[Network]
    public: bool

    def refusal(self, address: Address) -> str | None:
        """Why the address may not be dialled; None if it may."""
        if any(address in network for network in self.allow):
            return None
        if not self.public:
            return "plain http is for allowed ranges only; use https"
        why = why_not_public(address)
        return why and f"its address is {why}"

    def permitted(self, host: str, addresses: Sequence[Address]) -> list[Address]:
        """Those of a host's addresses that may be dialled. Raises OutboundError (``refused``) if none may."""
        permitted = [address for address in addresses if self.refusal(address) is None]
        if permitted:
            return permitted
        why = next(filter(None, map(self.refusal, addresses)), "it has no address")
        raise OutboundError(
            OutboundFailure.REFUSED,
            f"{host} is not called: {why}; if it is yours, name its range in KEYROLL_OUTBOUND_ALLOW",
        )


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials for httpcore.

    The address is checked and dialled in one breath, so a name that answers differently a moment later
    changes nothing; TLS and the Host header keep the URL's own name. Forbidden addresses of a name are left
    aside, and the name is refused when no other is left: since each dialled address is checked by itself,
    refusing the whole name would protect nobody and would break networks with DNS64.

    Args:
        allow: ranges that the operator opened.
        public: whether public addresses may be dialled as well.
        resolve: how names are looked up.
        dialler: what opens the connection to an address.
    """

    def __init__(
        self,
        allow: Sequence[Network],
        *,
        public: bool,
        resolve: Resolve,
        dialler: httpcore.AsyncNetworkBackend,
    ) -> None:
        self._rule = AddressRule(tuple(allow), public)
        self._resolve = resolve
        self._dialler = dialler

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                return await self._dial_first(
                    await self._permitted(host, port), port, local_address, socket_options
                )
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def _permitted(self, host: str, port: int) -> list[Address]:
        try:
            addresses = [ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError):
            raise OutboundError(OutboundFailure.UNREACHABLE, f"the name {host} has no address") from None
        return self._rule.permitted(host, addresses)

    async def _dial_first(
        self,
        addresses: Sequence[Address],
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        *earlier, last = addresses
        for address in earlier:
            try:
                return await self._dialler.connect_tcp(
                    str(address),
                    port,
                    timeout=_SECONDS_PER_ADDRESS,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._dialler.connect_tcp(
            str(last), port, local_address=local_address, socket_options=socket_options
        )


_SECONDS_PER_ADDRESS = 3.0  # a dead IPv6 route must leave time for the IPv4 one
