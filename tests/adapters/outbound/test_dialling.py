"""Which of a name's addresses are dialled, and what the operator may open."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from adapters.outbound.answer import Limits
from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError, OutboundFailure
from tests.support.dialler import TLS, RecordingDialler, call, refusal, resolving_to


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
