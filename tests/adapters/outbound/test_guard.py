"""Which addresses are dialled, and which are not, whatever the URL looks like."""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import pytest
from typing_extensions import override

from adapters.outbound.addresses import REFUSED, Network, why_not_public
from adapters.outbound.answer import Limits
from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.guard import Resolve, resolve_by_system
from tests.support.hostile_urls import FORBIDDEN_ADDRESSES, HONEST_URLS, HOSTILE_URLS, PUBLIC_ADDRESSES
from tests.support.vendor_servers import OpenAIServer

TLS = ssl.create_default_context()  # made once, since making it takes longer than a whole test


class RecordingDialler(httpcore.AsyncNetworkBackend):
    """Notes each address it is asked to dial, and connects to none."""

    def __init__(self, *unreachable: str) -> None:
        self.dialled: list[str] = []
        self._unreachable = unreachable

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
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
    return lambda: asyncio.run(_calls([url], dialler, resolve, **more))


async def _calls(
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


async def _resolve_by_hand(host: str, port: int) -> Sequence[str]:
    """Numbers as the system's resolver reads them; names lead to loopback, the worst they can do."""
    try:
        return await resolve_by_system(host, port) if host[:1].isdigit() or ":" in host else ["127.0.0.1"]
    except OSError:
        return ["127.0.0.1"]


@pytest.mark.parametrize("address", FORBIDDEN_ADDRESSES)
def test_a_forbidden_address_is_not_public(address: str) -> None:
    assert why_not_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_a_public_address_is_public(address: str) -> None:
    assert why_not_public(ip_address(address)) is None


@pytest.mark.parametrize("network", [network for network, _ in REFUSED], ids=str)
def test_every_refused_range_is_refused_from_its_first_to_its_last_address(network: Network) -> None:
    assert why_not_public(network[0])
    assert why_not_public(network[-1])


def test_at_least_250_hostile_urls_lead_to_no_forbidden_connection() -> None:
    assert len(set(HOSTILE_URLS)) >= 250
    dialler = RecordingDialler()

    async def try_all() -> list[OutboundFailure]:
        failures = []
        for url in HOSTILE_URLS:
            try:
                await _calls([url], dialler, _resolve_by_hand)
            except OutboundError as error:
                failures.append(error.failure)
        return failures

    failures = asyncio.run(try_all())
    assert dialler.dialled == []
    assert len(failures) == len(HOSTILE_URLS)
    assert set(failures) == {OutboundFailure.REFUSED}


def test_at_least_50_honest_urls_are_all_dialled() -> None:
    assert len(set(HONEST_URLS)) >= 50
    dialler = RecordingDialler()
    asyncio.run(_calls(HONEST_URLS, dialler, resolving_to("104.18.6.192")))
    assert set(dialler.dialled) == {"104.18.6.192"}


def test_1000_flips_of_a_name_between_look_up_and_dial_reach_no_forbidden_address() -> None:
    dialler = RecordingDialler()
    flips = 0

    async def flip(_host: str, _port: int) -> Sequence[str]:
        nonlocal flips
        flips += 1
        return ["8.8.8.8"] if flips % 2 else [FORBIDDEN_ADDRESSES[flips % len(FORBIDDEN_ADDRESSES)]]

    async def rounds() -> int:
        refused = 0
        for number in range(1000):
            try:
                await _calls([f"https://rebind{number}.example/"], dialler, flip)
            except OutboundError:
                refused += 1
        return refused

    assert asyncio.run(rounds()) == 500
    assert flips == 1000, "each connection looks the name up once, so there is no second answer to obey"
    assert dialler.dialled == ["8.8.8.8"] * 500


def test_the_guard_keeps_a_real_listener_unvisited_and_its_control_is_visited() -> None:
    with OpenAIServer("sk-test") as listener:
        url = listener.base_url + "/models"
        asyncio_dialler = httpcore.AnyIOBackend()
        assert refusal(call(url, asyncio_dialler, resolve_by_system)).failure is OutboundFailure.REFUSED
        assert listener.requests == []
        opened = {"allow": [ip_network("127.0.0.0/8")]}
        assert refusal(call(url, asyncio_dialler, resolve_by_system, **opened)).status == 401
        assert len(listener.requests) == 1


def test_a_refusal_says_what_the_address_is_and_how_to_allow_it() -> None:
    error = refusal(call("https://inside.example/", RecordingDialler(), resolving_to("10.1.2.3")))
    assert "inside.example is not called: its address is private" in error.message
    assert "KEYROLL_OUTBOUND_ALLOW" in error.message


def test_a_name_with_mixed_addresses_is_dialled_at_a_public_one_only() -> None:
    dialler = RecordingDialler()
    call("https://mixed.example/", dialler, resolving_to("64:ff9b::808:808", "127.0.0.1", "8.8.8.8"))()
    assert dialler.dialled == ["8.8.8.8"]


def test_an_address_that_refuses_leads_to_the_next() -> None:
    dialler = RecordingDialler("2606:4700::1")
    call("https://two.example/", dialler, resolving_to("2606:4700::1", "8.8.8.8"))()
    assert dialler.dialled == ["2606:4700::1", "8.8.8.8"]


def test_when_no_address_answers_the_vendor_is_unreachable() -> None:
    dialler = RecordingDialler("8.8.8.8")
    error = refusal(call("https://down.example/", dialler, resolving_to("8.8.8.8")))
    assert error.failure is OutboundFailure.UNREACHABLE
    assert dialler.dialled == ["8.8.8.8"] * 3


@pytest.mark.parametrize("problem", [OSError("no such name"), UnicodeError("label too long")])
def test_a_name_without_an_address_is_unreachable(problem: Exception) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise problem

    error = refusal(call("https://nowhere.example/", RecordingDialler(), resolve))
    assert (error.failure, error.message) == (
        OutboundFailure.UNREACHABLE,
        "the name nowhere.example has no address",
    )


def test_a_name_that_resolves_to_nothing_is_refused() -> None:
    error = refusal(call("https://empty.example/", RecordingDialler(), resolving_to()))
    assert error.failure is OutboundFailure.REFUSED


@pytest.mark.parametrize(("connect", "deadline"), [(0.05, 5.0), (5.0, 0.05)])
def test_a_resolver_that_hangs_is_a_timeout(connect: float, deadline: float) -> None:
    async def hang(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async def run() -> None:
        limits = Limits(connect=connect)
        outbound = Outbound(ssl_context=TLS, resolve=hang, limits=limits, sleep=lambda _: asyncio.sleep(0))
        try:
            await outbound.get_json("https://slow.example/", headers={}, deadline=deadline)
        finally:
            await outbound.aclose()

    with pytest.raises(OutboundError) as caught:
        asyncio.run(run())
    assert caught.value.failure is OutboundFailure.TIMEOUT


@pytest.mark.parametrize(
    ("url", "address", "is_dialled"),
    [
        ("http://inside.example/", "10.1.2.3", True),
        ("https://inside.example/", "10.1.2.3", True),
        ("http://inside.example/", "10.2.0.1", False),
        ("http://outside.example/", "8.8.8.8", False),
        ("https://outside.example/", "8.8.8.8", True),
        ("http://mapped.example/", "::ffff:10.1.2.3", False),
    ],
)
def test_the_operators_ranges_open_plain_http_and_private_addresses_in_them_alone(
    url: str, address: str, is_dialled: bool
) -> None:
    dialler = RecordingDialler()
    run = call(url, dialler, resolving_to(address), allow=[ip_network("10.1.0.0/16")])
    if is_dialled:
        run()
    else:
        assert refusal(run).failure is OutboundFailure.REFUSED
    assert dialler.dialled == [address] * is_dialled


@pytest.mark.parametrize(
    ("url", "is_trusted"),
    [
        ("http://proxy.inside:8080/v1/models", True),
        ("http://PROXY.inside:8080/other", True),
        ("https://proxy.inside:8080/v1/models", False),
        ("http://proxy.inside:8081/v1/models", False),
        ("http://proxy.inside/v1/models", False),
        ("http://other.inside:8080/v1/models", False),
    ],
)
def test_an_origin_that_the_operator_named_is_trusted_and_no_other(url: str, is_trusted: bool) -> None:
    dialler = RecordingDialler()
    run = call(url, dialler, resolving_to("10.0.0.1"), trusted_origins=["http://proxy.inside:8080/v1"])
    if is_trusted:
        run()
    else:
        assert refusal(run).failure is OutboundFailure.REFUSED
    assert dialler.dialled == ["proxy.inside"] * is_trusted
