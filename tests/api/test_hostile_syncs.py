"""A hostile server ends a sync with a typed failure, in bounded time and memory, and the next sync works."""

import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from adapters.outbound.answer import Limits
from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.hostile_answers import GZIP, HOSTILE, MIB, dripping, gzip_bomb
from tests.support.scripted_server import VendorServer
from tests.support.steps import Json, add_provider, roll, sync
from tests.support.vendor_servers import OpenAIServer

MOST_MEMORY: Final = 96 * MIB
"""Three times the largest body, which is copied once and holds what it is decoded to."""

HUGE: Final = ["an endless body", "a gzip bomb", "a million models"]
REDIRECTS: Final = range(300, 309)


def _fails_and_heals(http: httpx.Client, openai: VendorServer, code: str) -> Json:
    """What the failed sync was answered."""
    provider = add_provider(http)
    failed = sync(http, provider)
    assert (failed["status"], failed["code"]) == ("failed", code)
    assert failed["message"]
    assert roll(http) == {}
    openai.behave()
    assert sync(http, provider)["created"] == len(openai.models)
    return failed


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_a_typed_failure_and_the_next_sync_works(
    http: httpx.Client, openai: VendorServer, name: str
) -> None:
    code, misbehave = HOSTILE[name]
    misbehave(openai)
    _fails_and_heals(http, openai, code)


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_of_any_status_is_not_followed_by_a_sync(
    http: httpx.Client, openai: VendorServer, status: int
) -> None:
    with OpenAIServer(openai.key, openai.models) as elsewhere:
        openai.send_next(status=status, headers={"location": f"{elsewhere.base_url}/models"})
        assert "redirects are not followed" in _fails_and_heals(http, openai, "malformed")["message"]
        assert elsewhere.requests == []


def test_one_byte_after_the_other_ends_when_the_listings_time_is_up(
    http: httpx.Client, openai: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()
    openai.send_next(b"[", more=dripping(closed))
    monkeypatch.setattr("adapters.drivers.pages.LISTING_SECONDS", 0.5)
    provider = add_provider(http)
    assert sync(http, provider)["code"] == "timeout"
    closed.set()
    monkeypatch.undo()
    assert sync(http, provider)["status"] == "success"


def _peak_of_a_sync(http: httpx.Client) -> tuple[Json, int]:
    provider = add_provider(http)
    tracemalloc.start()
    try:
        told = sync(http, provider)
        return told, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", HUGE)
def test_the_memory_of_a_sync_is_bounded_however_much_comes(
    http: httpx.Client, openai: VendorServer, name: str
) -> None:
    HOSTILE[name][1](openai)
    told, peak = _peak_of_a_sync(http)
    assert told["code"] == "malformed"
    assert peak < MOST_MEMORY


@pytest.fixture
def trusting(
    conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai: VendorServer
) -> Iterator[DocumentedKeyroll]:
    """A Keyroll that takes a gibibyte from anybody."""
    hurry(monkeypatch, Limits(body=1024 * MIB))
    with DocumentedKeyroll(conninfo, tmp_path, KEYROLL_OPENAI_BASE_URL=openai.base_url) as running:
        yield running


def test_without_its_bound_the_same_bomb_takes_more_memory_than_that(
    trusting: DocumentedKeyroll, openai: VendorServer
) -> None:
    openai.send_next(*gzip_bomb(2 * MOST_MEMORY), headers=GZIP)
    _, peak = _peak_of_a_sync(trusting.http)
    assert peak > MOST_MEMORY
