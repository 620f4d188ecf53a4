"""Calls through the guard with a resolver and a dialler of the test's own: no packet leaves."""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore
import pytest

from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError
from adapters.outbound.guard import Resolve

TLS = ssl.create_default_context()  # made once, since making it takes longer than a whole test


class RecordingDialler(httpcore.AsyncNetworkBackend):
    """Notes each address it is asked to dial, and connects to none."""

    def __init__(self, *unreachable: str) -> None:
        self.dialled: list[str] = []
        self._unreachable = unreachable

    async def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002  # the signature is httpcore's
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # as above
        local_address: str | None = None,  # noqa: ARG002  # as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002  # as above
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        if host in self._unreachable:
            raise httpcore.ConnectError
        return httpcore.AsyncMockStream([b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n",
                                         b"content-length: 2\r\n\r\n[]"])  # fmt: skip


def resolving_to(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


def call(
    url: str, dialler: httpcore.AsyncNetworkBackend, resolve: Resolve, **more: Any
) -> Callable[[], None]:
    return lambda: asyncio.run(get_all([url], dialler, resolve, **more))


async def get_all(
    urls: Iterable[str], dialler: httpcore.AsyncNetworkBackend, resolve: Resolve, **more: Any
) -> None:
    async def no_sleep(_: float) -> None:
        pass

    outbound = Outbound(ssl_context=TLS, resolve=resolve, dialler=dialler, sleep=no_sleep, **more)
    try:
        for url in urls:
            await outbound.get_json(url, headers={}, deadline=5.0)
    finally:
        await outbound.aclose()


def refusal(run: Callable[[], None]) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        run()
    return caught.value
