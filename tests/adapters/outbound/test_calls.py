"""The client of the call path: guarded like all others, and silent about keys."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from ipaddress import ip_network
from typing import Any

import pytest

from adapters.outbound.call_connector import call_connector
from adapters.outbound.calls import CallClient
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.guard import AddressRule
from domain.secret import Secret
from tests.support.call_vendors import CallVendor, Said, said_json

_KEY = "sk-canary-5c1f88"
_HERE = [ip_network("127.0.0.0/8")]


def _vendor() -> CallVendor:
    return CallVendor(lambda _: said_json({"ok": True}))


def _with_client(deed: Callable[[CallClient], Awaitable[None]], **given: Any) -> None:
    async def run() -> None:
        async with aclosing(CallClient(**given)) as client:
            await deed(client)

    asyncio.run(run())


async def _ask(client: CallClient, url: str, headers: dict[str, str | Secret] | None = None) -> bytes:
    answer = await client.send(url, headers=headers or {}, body=b"{}")
    try:
        return await answer.read()
    finally:
        answer.close()


async def _refused(client: CallClient, url: str, failure: OutboundFailure) -> str:
    with pytest.raises(OutboundError) as refused:
        await _ask(client, url, {"authorization": Secret(f"Bearer {_KEY}")})
    assert refused.value.failure is failure
    assert _KEY not in str(refused.value)
    assert refused.value.__cause__ is None
    return refused.value.message


def _resolving_to(*addresses: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/v1",
        "https://[::1]/v1",
        "https://169.254.169.254/latest",
        "https://[fd00:ec2::254]/latest",
        "http://8.8.8.8/v1",
        "http://example.com/v1",
        "https://10.0.0.1:8443/v1",
        "https://user:pass@example.com/v1",
        "ftp://example.com/v1",
        "https:///v1",
        "no url",
        "https://example.com:99999/v1",
    ],
)
def test_what_may_not_be_called_is_refused_and_nothing_is_dialled(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*_: Any, **__: Any) -> socket.socket:
        raise AssertionError("a socket was made")

    async def deed(client: CallClient) -> None:
        monkeypatch.setattr("adapters.outbound.call_connector.socket.socket", no_socket)
        await _refused(client, url, OutboundFailure.REFUSED)
        monkeypatch.undo()

    _with_client(deed, resolve=_resolving_to("93.184.215.14"))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:127.0.0.1", "fe80::1"])
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    async def deed(client: CallClient) -> None:
        told = await _refused(client, "https://inside.example.com/v1", OutboundFailure.REFUSED)
        assert "KEYROLL_OUTBOUND_ALLOW" in told

    _with_client(deed, resolve=_resolving_to(address))


def test_a_name_that_nobody_knows_is_unreachable() -> None:
    async def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    async def deed(client: CallClient) -> None:
        await _refused(client, "https://nowhere.example.com/v1", OutboundFailure.UNREACHABLE)

    _with_client(deed, resolve=unknown)


def test_the_very_address_of_a_socket_is_judged_whoever_named_it() -> None:
    async def make() -> None:
        connector = call_connector(AddressRule((), public=True), _no_tls(), _resolving_to())
        factory = connector._socket_factory
        assert factory is not None
        with pytest.raises(PermissionError):
            factory((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))
        factory((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))).close()
        await connector.close()

    asyncio.run(make())


def _no_tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def test_an_allowed_range_and_a_trusted_origin_may_be_called() -> None:
    with _vendor() as vendor:

        async def deed(client: CallClient) -> None:
            assert await _ask(client, f"{vendor.base_url}/x") == b'{"ok": true}'
            named = vendor.base_url.replace("127.0.0.1", "box.example.com")
            assert await _ask(client, f"{named}/x") == b'{"ok": true}'

        _with_client(deed, allow=_HERE, resolve=_resolving_to("10.0.0.1", "127.0.0.1"))

        async def trusted(client: CallClient) -> None:
            assert await _ask(client, f"{vendor.base_url}/x") == b'{"ok": true}'
            with socket.create_server(("127.0.0.1", 0)) as other:
                await _refused(client, f"http://127.0.0.1:{other.getsockname()[1]}/", OutboundFailure.REFUSED)

        _with_client(trusted, trusted_origins=[vendor.base_url])


def test_nothing_is_sent_that_was_not_asked_for_and_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with _vendor() as vendor:

        async def deed(client: CallClient) -> None:
            vendor.say(Said([b"{}"], headers={"set-cookie": "a=b"}))
            for _ in range(2):
                await _ask(client, f"{vendor.base_url}/x", {"authorization": Secret(_KEY)})

        _with_client(deed, allow=_HERE)
        for heard in vendor.heard:
            assert {*heard.headers} == {"host", "content-length", "authorization"}


def test_a_key_that_no_header_can_carry_is_told_without_it() -> None:
    async def deed(client: CallClient) -> None:
        with pytest.raises(OutboundError) as refused:
            await _ask(client, "http://127.0.0.1:1/", {"authorization": Secret(f"{_KEY}\n")})
        assert refused.value.failure is OutboundFailure.UNSENDABLE
        assert _KEY not in str(refused.value)

    _with_client(deed, allow=_HERE)


async def _speak_no_tls(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 -\r\n\r\n")
    writer.close()


def test_nobody_there_and_no_tls_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with _vendor() as vendor:

        async def deed(client: CallClient) -> None:
            told = await _refused(client, f"http://127.0.0.1:{port}/", OutboundFailure.UNREACHABLE)
            assert "not there" in told
            async with await asyncio.start_server(_speak_no_tls, "127.0.0.1", 0) as plain:
                address = f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/"
                assert "TLS" in await _refused(client, address, OutboundFailure.UNREACHABLE)
            vendor.say(Said([b"{}"], cut=True))
            told = await _refused(client, f"{vendor.base_url}/x", OutboundFailure.UNREACHABLE)
            assert "broke" in told

        _with_client(deed, allow=_HERE)


def test_an_answer_that_is_too_large_is_left() -> None:
    with _vendor() as vendor:

        async def deed(client: CallClient) -> None:
            for body in ([b"x" * 100], [b"x" * 60, b"y" * 60]):
                vendor.say(Said(body))
                answer = await client.send(f"{vendor.base_url}/x", headers={}, body=b"")
                with pytest.raises(OutboundError, match="larger than 99"):
                    await answer.read(99)
                answer.close()

        _with_client(deed, allow=_HERE)


def test_urls_are_kept_in_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.outbound.calls._MOST_URLS", 2)
    with _vendor() as vendor:

        async def deed(client: CallClient) -> None:
            for number in range(5):
                await _ask(client, f"{vendor.base_url}/{number}")
                assert len(client._known) <= 2

        _with_client(deed, allow=_HERE)
