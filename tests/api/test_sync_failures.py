"""A sync that fails is an answer: a code, the vendor's words without secrets, and not one model changed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from adapters.outbound.answer import Limits
from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    KEY,
    Json,
    add_provider,
    change_provider,
    items,
    log_end,
    provider_now,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS

Trouble = Callable[[VendorServer], None]

ATTEMPTS = 3
"""One, and two retries."""


def _rejects(openai: VendorServer) -> None:
    words = f"Incorrect API key provided: {KEY}. You can find your API key in your account."
    openai.fail_next(401, {"error": {"message": words, "code": "invalid_api_key"}})


def _breaks_down(openai: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        openai.fail_next(503)


def _limits_the_rate(openai: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        openai.fail_next(429)


def _breaks_off(openai: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        openai.truncate_next()


def _sends_a_page_for_people(openai: VendorServer) -> None:
    openai.send_next(b"<html>Welcome</html>", headers={"content-type": "text/html"})


def _sends_a_row_without_an_id(openai: VendorServer) -> None:
    openai.send_next(b'{"object": "list", "data": [{"id": "gpt-5"}, {"object": "model"}]}')


def _leads_elsewhere(openai: VendorServer) -> None:
    openai.send_next(b"", status=302, headers={"location": "https://llm.example.com", "content-length": "0"})


def _repeats_the_key(openai: VendorServer) -> None:
    openai.send_next(b'{"object": "list", "data": [{"id": "gpt-5", "owned_by": "%s"}]}' % KEY.encode())


def _lists_nothing(openai: VendorServer) -> None:
    openai.models = []


def _lists_less_than_half(openai: VendorServer) -> None:
    openai.models = OPENAI_MODELS[:3]


TROUBLES = [
    (_rejects, "key_rejected", "Incorrect API key provided: [redacted]"),
    (_breaks_down, "unreachable", "scripted failure 503"),
    (_breaks_off, "unreachable", "connection broke"),
    (_limits_the_rate, "rate_limited", "scripted failure 429"),
    (_sends_a_page_for_people, "malformed", "not JSON"),
    (_sends_a_row_without_an_id, "malformed", "not as its vendor documents it"),
    (_repeats_the_key, "malformed", "repeats the key"),
    (_leads_elsewhere, "malformed", "redirects are not followed"),
    (_lists_nothing, "empty", "force=true"),
    (_lists_less_than_half, "suspicious", "lacks 5 of 8"),
]


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider with eight models, synced once."""
    made = add_provider(http)
    sync(http, made)
    return provider_now(http, made)


@pytest.mark.parametrize(
    ("trouble", "code", "words"), TROUBLES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_failure_says_why_and_changes_no_model(
    http: httpx.Client, provider: Json, openai: VendorServer, trouble: Trouble, code: str, words: str
) -> None:
    before = roll(http)
    trouble(openai)

    failed = sync(http, provider)

    assert (failed["status"], failed["code"]) == ("failed", code)
    assert words in failed["message"]
    assert KEY not in str(failed)
    assert {failed[count] for count in ("created", "updated", "changed", "stale")} == {0}
    assert failed["position"] == log_end(http)
    assert roll(http) == before
    now = provider_now(http, provider)
    assert now["last_synced_at"] == provider["last_synced_at"]
    last = {field: now["last_sync"][field] for field in ("sync_id", "status", "code", "message")}
    assert last == {field: failed[field] for field in last}

    openai.behave()
    openai.models = list(OPENAI_MODELS)
    assert sync(http, provider)["updated"] == 8  # the control: what failed was the listing


def test_a_provider_without_a_key_is_not_asked(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    change_provider(http, provider, api_key=None)
    openai.requests.clear()
    failed = sync(http, provider)
    assert (failed["status"], failed["code"]) == ("failed", "no_key")
    assert "PATCH it with an api_key" in failed["message"]
    assert openai.requests == []


def test_a_vendor_that_is_not_there_is_unreachable(
    conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai: VendorServer
) -> None:
    hurry(monkeypatch)
    with type(openai)(key=KEY) as gone:
        nowhere = gone.base_url
    with DocumentedKeyroll(conninfo, tmp_path, KEYROLL_OPENAI_BASE_URL=nowhere) as keyroll:
        failed = sync(keyroll.http, add_provider(keyroll.http))
    assert (failed["status"], failed["code"]) == ("failed", "unreachable")


@pytest.fixture
def impatient(
    conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openai: VendorServer
) -> Iterator[DocumentedKeyroll]:
    """A Keyroll that bears no silence of a fifth of a second."""
    hurry(monkeypatch, Limits(read=0.2))
    with DocumentedKeyroll(conninfo, tmp_path, KEYROLL_OPENAI_BASE_URL=openai.base_url) as running:
        yield running


def test_a_vendor_that_says_nothing_is_a_timeout(impatient: DocumentedKeyroll, openai: VendorServer) -> None:
    provider = add_provider(impatient.http)
    silences = [openai.hang_next() for _ in range(ATTEMPTS)]
    failed = sync(impatient.http, provider)
    for silence in silences:
        silence.set()
    assert (failed["status"], failed["code"]) == ("failed", "timeout")
    assert roll(impatient.http) == {}


@pytest.mark.parametrize(
    ("trouble", "stale"), [(_lists_nothing, 8), (_lists_less_than_half, 5)], ids=["empty", "suspicious"]
)
def test_force_believes_what_the_guard_refuses(
    http: httpx.Client, provider: Json, openai: VendorServer, trouble: Trouble, stale: int
) -> None:
    trouble(openai)
    forced = sync(http, provider, force="true")
    assert (forced["status"], forced["stale"], forced["updated"]) == ("success", stale, 8 - stale)
    assert sum(model["stale"] for model in roll(http).values()) == stale


def test_force_believes_no_broken_listing(http: httpx.Client, provider: Json, openai: VendorServer) -> None:
    _sends_a_row_without_an_id(openai)
    assert sync(http, provider, force="true")["code"] == "malformed"


def test_a_failure_stands_in_the_audit_trail_without_the_key(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    _rejects(openai)
    failed = sync(http, provider)
    event = next(items(http, "/v1/audit-events", action="sync.failed"))
    assert event["subject_id"] == failed["sync_id"]
    assert event["changes"]["code"] == {"before": None, "after": "key_rejected"}
    assert event["changes"]["message"]["after"] == failed["message"]
    assert KEY not in str(event)
