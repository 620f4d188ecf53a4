"""Connections for calls: aiohttp's, each dialled by the same rule as those of all other requests."""

import socket
import ssl
from ipaddress import ip_address
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.guard import AddressRule, Resolve

MOST_CONNECTIONS: Final = 2_000
"""Open connections of one kind, to all origins together."""

MOST_PER_ORIGIN: Final = 1_000

_IDLE_SECONDS: Final = 15.0
_DNS_SECONDS: Final = 10


def call_connector(
    rule: AddressRule | None, ssl_context: ssl.SSLContext, resolve: Resolve
) -> aiohttp.TCPConnector:
    """A bounded pool of connections to addresses that the rule permits; None permits all.

    The rule is asked twice: for a name's addresses, so that whoever asks learns why none may be dialled, and
    for the very address that a socket is made for, which also holds for addresses that came in no name.
    """
    return aiohttp.TCPConnector(
        ssl=ssl_context,
        limit=MOST_CONNECTIONS,
        limit_per_host=MOST_PER_ORIGIN,
        keepalive_timeout=_IDLE_SECONDS,
        ttl_dns_cache=_DNS_SECONDS,
        resolver=_GuardedResolver(rule, resolve),
        socket_factory=None if rule is None else _GuardedSockets(rule).make,
    )


class _GuardedSockets:
    def __init__(self, rule: AddressRule) -> None:
        self._rule = rule

    def make(self, address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, (host, *_) = address
        if self._rule.refusal(ip_address(host.partition("%")[0])) is not None:
            raise PermissionError(f"{host} is not called")
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


class _GuardedResolver(AbstractResolver):
    def __init__(self, rule: AddressRule | None, resolve: Resolve) -> None:
        self._rule = rule
        self._resolve = resolve

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  both are dialled
    ) -> list[ResolveResult]:
        try:
            addresses = [ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError):
            raise OutboundError(OutboundFailure.UNREACHABLE, f"the name {host} has no address") from None
        if self._rule is not None:
            addresses = self._rule.permitted(host, addresses)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,  # noqa: PLR2004  IP's versions
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""
