"""The vendors of a random story: they list what the story says, or misbehave."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, Self

from tests.support.plain_keyroll import RIGHT_KEY, WRONG_KEY, Listed, Said
from tests.support.scripted_server import VendorServer
from tests.support.vendor_models import Row, anthropic_row, gemini_row, openai_row
from tests.support.vendors import VENDORS

ATTEMPTS: Final = 3
TYPES: Final = tuple(vendor.provider_type for vendor in VENDORS)
_BY_TYPE: Final = {vendor.provider_type: vendor for vendor in VENDORS}

Misbehave = Callable[[VendorServer], None]


def _rejects(vendor: VendorServer) -> None:
    vendor.fail_next(401, vendor.error_body(401, f"Incorrect API key provided: {RIGHT_KEY} {WRONG_KEY}"))


def _breaks_down(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.fail_next(503)


def _limits_the_rate(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.fail_next(429)


def _breaks_off(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.truncate_next()


def _sends_a_page_for_people(vendor: VendorServer) -> None:
    vendor.send_next(b"<html>Welcome</html>", headers={"content-type": "text/html"})


def _sends_a_row_without_an_id(vendor: VendorServer) -> None:
    vendor.send_next(b'{"data": [{"object": "model"}], "models": [{}], "has_more": false}')


def _leads_elsewhere(vendor: VendorServer) -> None:
    vendor.send_next(status=302, headers={"location": "https://llm.example.com", "content-length": "0"})


TROUBLES: Final[dict[str, tuple[str, Misbehave]]] = {
    "rejects the key": ("key_rejected", _rejects),
    "breaks down": ("unreachable", _breaks_down),
    "limits the rate": ("rate_limited", _limits_the_rate),
    "breaks off": ("unreachable", _breaks_off),
    "sends a page for people": ("malformed", _sends_a_page_for_people),
    "sends a row without an id": ("malformed", _sends_a_row_without_an_id),
    "leads elsewhere": ("malformed", _leads_elsewhere),
}
"""Ways to misbehave, each with the code of the failure that it must come to."""


class StoryVendors:
    """A listing server for each provider type, for the time of a block."""

    def __init__(self) -> None:
        servers = {vendor.variable: vendor.server for vendor in VENDORS}
        self._by_variable = {variable: server(RIGHT_KEY) for variable, server in servers.items()}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for server in self._by_variable.values():
            self._stack.enter_context(server)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def environ(self) -> dict[str, Any]:
        """The settings that lead Keyroll to them."""
        return {variable: server.base_url for variable, server in self._by_variable.items()}

    def of(self, provider_type: str) -> VendorServer:
        """The server that providers of this type are listed by."""
        return self._by_variable[_BY_TYPE[provider_type].variable]

    def list(self, provider_type: str, listed: Listed) -> None:
        """From now on, list this."""
        self.of(provider_type).models = [row_of(provider_type, name, said) for name, said in listed.items()]

    def before_answering(self, provider_type: str, act: Callable[[], object]) -> None:
        """Do this between the next question and its honest answer."""
        server = self.of(provider_type)

        def answer() -> Iterator[bytes]:
            act()
            yield from (
                chunk for chunk in server.list_page(server.requests[-1]).chunks if isinstance(chunk, bytes)
            )

        server.send_next(more=answer())

    def behave(self) -> None:
        """Forget what was scripted."""
        for server in self._by_variable.values():
            server.behave()
            server.requests.clear()


def as_told_by(provider_type: str, said: Said) -> Said:
    """What of this the vendor's listing can say: OpenAI's tells of no capability."""
    match provider_type:
        case "openai" | "openai_completions":
            return replace(said, speaker="openai", capabilities={})
        case _:
            return replace(said, speaker=provider_type)


def row_of(provider_type: str, model_id: str, said: Said) -> Row:
    """A row of the vendor's listing that says this and nothing else."""
    match provider_type:
        case "anthropic":
            tree: dict[str, Any] = {name: {"supported": on} for name, on in said.capabilities.items()}
            return anthropic_row(model_id, said.name or "", max_input_tokens=said.size, capabilities=tree)
        case "gemini":
            told = {"displayName": said.name, "inputTokenLimit": said.size, **said.capabilities}
            return gemini_row(model_id, **{**told, "supportedGenerationMethods": None})
        case _:
            return openai_row(model_id, display_name=said.name, context_length=said.size)
