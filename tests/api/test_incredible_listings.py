"""A thousand listings that failed, broke off, came empty or shrank: not one model is marked stale by them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.incredible_listings import ON_ONE_PAGE, ON_SEVERAL_PAGES, Arrange
from tests.support.plain_keyroll import RIGHT_KEY, Said
from tests.support.scripted_server import VendorServer
from tests.support.steps import Json, add_provider, items, provider_now, roll, sync
from tests.support.vendor_models import Row
from tests.support.vendors_of_a_story import TYPES, StoryVendors, row_of

LISTINGS: Final = 1_000
EACH: Final = LISTINGS // len(TYPES)
COUNTS: Final = ("created", "updated", "changed", "stale")
CODES: Final = {
    *("unreachable", "timeout", "rate_limited", "key_rejected", "malformed", "empty", "suspicious"),
}
PAGED: Final = ("anthropic", "gemini")
ORDINARY_PAGE: Final = 1_000


@pytest.fixture
def vendors() -> Iterator[StoryVendors]:
    with StoryVendors() as running:
        yield running


@pytest.fixture
def keyroll(
    conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendors: StoryVendors
) -> Iterator[DocumentedKeyroll]:
    """Keyroll, in no mood to wait between attempts."""
    hurry(monkeypatch)
    with DocumentedKeyroll(conninfo, tmp_path, **vendors.environ) as running:
        yield running


def _rows(provider_type: str) -> list[Row]:
    """Twenty-one models, so that no half of them is a round number."""
    return [row_of(provider_type, f"kr-{number:02}", Said(size=1_000 + number)) for number in range(21)]


def _provider(keyroll: DocumentedKeyroll, vendor: VendorServer, provider_type: str) -> Json:
    vendor.models = _rows(provider_type)
    provider = add_provider(keyroll.http, provider_type, provider_type=provider_type, api_key=RIGHT_KEY)
    assert sync(keyroll.http, provider)["created"] == len(vendor.models)
    return provider


def _again(vendor: VendorServer, provider_type: str) -> None:
    vendor.behave()
    vendor.models, vendor.page_size = _rows(provider_type), ORDINARY_PAGE


def _marked_stale(keyroll: DocumentedKeyroll) -> list[Json]:
    return list(items(keyroll.http, "/v1/audit-events", action="model.marked_stale"))


@pytest.mark.parametrize("provider_type", TYPES)
def test_no_incredible_listing_marks_a_model_as_stale_and_an_honest_one_does(
    keyroll: DocumentedKeyroll, vendors: StoryVendors, provider_type: str
) -> None:
    vendor = vendors.of(provider_type)
    provider = _provider(keyroll, vendor, provider_type)
    before, synced = roll(keyroll.http), provider_now(keyroll.http, provider)["last_synced_at"]
    chance = Random(f"incredible {provider_type}")  # noqa: S311  # a repeatable story
    kinds = ON_SEVERAL_PAGES if provider_type in PAGED else ON_ONE_PAGE
    seen: Counter[str] = Counter()
    for number in range(EACH):
        arrange = kinds[number % len(kinds)]
        code = arrange(vendor, chance)
        told = sync(keyroll.http, provider)
        assert (told["status"], told["code"]) == ("failed", code), (number, arrange)
        assert [told[count] for count in COUNTS] == [0] * len(COUNTS)
        seen[code] += 1
        _again(vendor, provider_type)
    assert sum(seen.values()) == EACH
    assert seen.keys() == CODES
    assert roll(keyroll.http) == before
    assert provider_now(keyroll.http, provider)["last_synced_at"] == synced
    assert _marked_stale(keyroll) == []

    vendor.models.pop(7)
    told = sync(keyroll.http, provider)
    assert (told["status"], told["updated"], told["stale"]) == ("success", 20, 1)
    assert [one["model_id"] for one in roll(keyroll.http).values() if one["stale"]] == ["kr-07"]
    assert len(_marked_stale(keyroll)) == 1


@pytest.mark.parametrize("arrange", [ON_ONE_PAGE[-2], ON_ONE_PAGE[-1]], ids=lambda one: one.__name__)
def test_without_the_guard_a_shrunken_listing_would_mark_models_as_stale(
    keyroll: DocumentedKeyroll, vendors: StoryVendors, monkeypatch: pytest.MonkeyPatch, arrange: Arrange
) -> None:
    vendor = vendors.of("openai")
    provider = _provider(keyroll, vendor, "openai")
    monkeypatch.setattr("domain.sync._refuse_the_incredible", lambda *_: None)
    arrange(vendor, Random(1))  # noqa: S311  # as above
    assert sync(keyroll.http, provider)["stale"] > 10
