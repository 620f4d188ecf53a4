"""Calls that pass through: the caller speaks the vendor's own protocol, so nobody has to understand them."""

from collections.abc import Mapping
from typing import Final

from adapters.drivers.calls.driver import VendorRequest
from domain.conversation import Protocol
from domain.secret import Secret

PATHS: Final[Mapping[Protocol, str]] = {
    Protocol.CHAT: "/chat/completions",
    Protocol.RESPONSES: "/responses",
}
"""Where the protocols that Keyroll itself is called by are served, below a base URL."""


def passed_through(
    protocol: Protocol, body: bytes, key: Secret | None, base_url: str, *, stream: bool
) -> VendorRequest:
    """A request with a body that is sent as it is, in one of the two protocols of OpenAI's."""
    headers: dict[str, str | Secret] = {
        "content-type": "application/json",
        "accept": "text/event-stream" if stream else "application/json",
    }
    if key is not None:
        headers["authorization"] = Secret(f"Bearer {key.reveal()}")
    return VendorRequest(f"{base_url.rstrip('/')}{PATHS[protocol]}", headers, body, stream)
