"""Addresses that people type, and names that lead astray: through the API, none is called that may not be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from adapters.outbound.client import Outbound
from adapters.outbound.guard import resolve_by_system
from tests.support.dialler import TLS, RecordingDialler
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.hostile_urls import HONEST_URLS, HOSTILE_URLS
from tests.support.steps import KEY

PATHS = ("", "/v1", "/openai/deployments/gpt-5")


class Names:
    """A resolver that reads numbers as the system does, and leads every name to one address."""

    def __init__(self) -> None:
        self.lead_to = "127.0.0.1"

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        is_number = ":" in host or not host[-1:].isalpha()
        return await resolve_by_system(host, port) if is_number else [self.lead_to]


@pytest.fixture
def dialler() -> RecordingDialler:
    return RecordingDialler()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def keyroll(
    conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialler: RecordingDialler, names: Names
) -> Iterator[DocumentedKeyroll]:
    """Keyroll, whose packets go no further than the test."""
    # The dialler's connections answer once; asked again they break, and the retry finds a new one.
    outbound = partial(Outbound, resolve=names, dialler=dialler, ssl_context=TLS, sleep=_at_once)
    monkeypatch.setattr("api.compose.Outbound", outbound)
    with DocumentedKeyroll(conninfo, tmp_path) as running:
        yield running


async def _at_once(_seconds: float) -> None:
    """No pause."""


def _check(keyroll: DocumentedKeyroll, base_url: str) -> str:
    """The result of a check at an address, or the status of its refusal."""
    body = {"provider_type": "openai_completions", "api_key": KEY, "base_url": base_url}
    answer = keyroll.http.post("/v1/llm-providers/check", json=body)
    return str(answer.json()["result"]) if answer.is_success else str(answer.status_code)


def test_no_hostile_address_that_is_typed_is_called(
    keyroll: DocumentedKeyroll, dialler: RecordingDialler
) -> None:
    assert len(set(HOSTILE_URLS)) >= 250
    results = Counter(_check(keyroll, url) for url in HOSTILE_URLS)
    assert dialler.dialled == []
    assert results.keys() == {"422", "unreachable"}


def test_no_honest_address_that_is_typed_is_refused(
    keyroll: DocumentedKeyroll, dialler: RecordingDialler, names: Names
) -> None:
    names.lead_to = "104.18.6.192"
    origins = {urlsplit(url).netloc for url in HONEST_URLS if url.isascii()}
    honest = [f"https://{origin}{path}" for origin in sorted(origins) for path in PATHS]
    assert len(honest) >= 50
    assert Counter(_check(keyroll, url) for url in honest) == {"unverified": len(honest)}
    assert len(dialler.dialled) >= len(honest)
