"""No hostile URL and no flip of a name leads to a forbidden address."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import httpcore
import pytest

from adapters.outbound.addresses import REFUSED, Network, why_not_public
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.guard import GuardedBackend, resolve_by_system
from tests.support.dialler import RecordingDialler, call, get_all, refusal, resolving_to
from tests.support.hostile_urls import FORBIDDEN_ADDRESSES, HONEST_URLS, HOSTILE_URLS, PUBLIC_ADDRESSES
from tests.support.vendor_servers import OpenAIServer


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
                await get_all([url], dialler, _resolve_by_hand)
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
    asyncio.run(get_all(HONEST_URLS, dialler, resolving_to("104.18.6.192")))
    assert set(dialler.dialled) == {"104.18.6.192"}


class Flipping:
    """A resolver whose answer is a public address and a forbidden one in turn."""

    def __init__(self) -> None:
        self.answers = 0

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.answers += 1
        if self.answers % 2:
            return ["8.8.8.8"]
        return [FORBIDDEN_ADDRESSES[self.answers % len(FORBIDDEN_ADDRESSES)]]


def _rebind(rounds: int, dialler: RecordingDialler, flipping: Flipping) -> int:
    """How many of the rounds were refused."""

    async def refused() -> int:
        count = 0
        for number in range(rounds):
            try:
                await get_all([f"https://rebind{number}.example/"], dialler, flipping)
            except OutboundError:
                count += 1
        return count

    return asyncio.run(refused())


def test_1000_flips_of_a_name_between_look_up_and_dial_reach_no_forbidden_address() -> None:
    dialler, flipping = RecordingDialler(), Flipping()
    assert _rebind(1000, dialler, flipping) == 500
    assert flipping.answers == 1000, "each connection looks the name up once, so no second answer is obeyed"
    assert dialler.dialled == ["8.8.8.8"] * 500


def test_a_guard_that_checked_one_look_up_and_dialled_another_would_be_led_astray(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialler, flipping = RecordingDialler(), Flipping()

    async def check_then_dial(
        guard: GuardedBackend, host: str, port: int, *_: object, **__: object
    ) -> httpcore.AsyncNetworkStream:
        await guard._permitted(host, port)
        (address,) = await flipping(host, port)
        return await dialler.connect_tcp(address, port)

    monkeypatch.setattr(GuardedBackend, "connect_tcp", check_then_dial)
    assert _rebind(100, dialler, flipping) == 0
    assert len(dialler.dialled) == 100
    assert set(dialler.dialled) <= set(FORBIDDEN_ADDRESSES)


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
