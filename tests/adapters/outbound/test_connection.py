"""TLS by the URL's own name, headers that can be sent, and libraries that keep silent."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.headers import sendable
from domain.secret import Secret
from tests.support.vendor_servers import OpenAIServer

NAME = "vendor.example"


@contextmanager
def tls_server(folder: Path) -> Iterator[tuple[int, list[str | None], list[str]]]:
    """A server with a certificate for NAME; gives its port, and the TLS names and Host headers sent."""
    certificate = write_certificate(folder)
    names: list[str | None] = []
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["host"])
            self.send_response_only(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is the library's
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are expected
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port, names, hosts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


async def to_loopback(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def get(url: str, trust: Path | None) -> object:
    async def no_sleep(_: float) -> None:
        pass

    async def run() -> object:
        outbound = Outbound(
            allow=[ip_network("127.0.0.0/8")],
            ssl_context=ssl.create_default_context(cafile=trust) if trust else None,
            resolve=to_loopback,
            sleep=no_sleep,
        )
        try:
            return (await outbound.get_json(url, headers={}, deadline=10.0)).body
        finally:
            await outbound.aclose()

    return asyncio.run(run())


def test_tls_and_the_host_header_keep_the_urls_name_though_an_address_is_dialled(tmp_path: Path) -> None:
    with tls_server(tmp_path) as (port, names, hosts):
        assert get(f"https://{NAME}:{port}/", tmp_path / "certificate.pem") == []
    assert (names, hosts) == ([NAME], [f"{NAME}:{port}"])


@pytest.mark.parametrize(("name", "is_trusted"), [(NAME, False), ("other.example", True)])
def test_a_certificate_of_another_name_or_maker_is_not_accepted(
    tmp_path: Path, name: str, is_trusted: bool
) -> None:
    with tls_server(tmp_path) as (port, _names, hosts), pytest.raises(OutboundError) as caught:
        get(f"https://{name}:{port}/", tmp_path / "certificate.pem" if is_trusted else None)
    assert caught.value.failure is OutboundFailure.UNREACHABLE
    assert "certificate" in caught.value.message
    assert hosts == []


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with OpenAIServer("sk-test") as vendor:
        url = vendor.base_url
    with pytest.raises(OutboundError, match="no connection"):
        get(url, None)


@pytest.mark.parametrize("value", ["", " a", "a ", "a\r\nX: y", "a\x00b", "schlüssel", "ключ", "a\tb"])
def test_a_value_that_no_header_can_carry_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(OutboundError) as caught:
        sendable({"x-api-key": Secret(value)})
    assert caught.value.failure is OutboundFailure.UNSENDABLE
    assert "x-api-key" in caught.value.message
    assert caught.value.message == _message_for_another_value()


def _message_for_another_value() -> str:
    with pytest.raises(OutboundError) as caught:
        sendable({"x-api-key": Secret("\x7f")})
    return caught.value.message


def test_headers_are_sent_as_they_are() -> None:
    assert sendable({"a": "b c", "k": Secret("sk-1")}) == [(b"a", b"b c"), (b"k", b"sk-1")]


def test_the_http_libraries_log_nothing_even_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = "sk-canary-0123456789"
    with OpenAIServer(key) as vendor:

        async def run() -> None:
            outbound = Outbound(trusted_origins=[vendor.base_url])
            headers = {"authorization": Secret(f"Bearer {key}")}
            await outbound.get_json(vendor.base_url + "/models?marked=1", headers=headers, deadline=5.0)
            await outbound.aclose()

        asyncio.run(run())
    logging.getLogger("a.control").debug("is seen")
    assert "is seen" in caplog.text
    assert "marked=1" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]
    for name in ("httpx", "httpcore.http11", "httpcore.connection"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
