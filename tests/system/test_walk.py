"""The main job, end to end on real sockets, for each provider type: create, sync, choose, disable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.scripted_server import VendorServer
from tests.support.steps import KEY, Json, default, done, items, log_end, roll, sync
from tests.support.vendors import VENDORS, Vendor


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.provider_type)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each provider type in turn."""
    found: Vendor = request.param
    return found


@pytest.fixture
def listing(vendor: Vendor) -> Iterator[VendorServer]:
    """The vendor, who lists twelve models today, four to a page where it pages at all."""
    rows = [vendor.row(model_id) for model_id in vendor.ids[:12]]
    with vendor.server(key=KEY, models=rows, page_size=4) as server:
        yield server


@pytest.fixture
def keyroll(
    conninfo: str, tmp_path: Path, vendor: Vendor, listing: VendorServer
) -> Iterator[DocumentedKeyroll]:
    """Keyroll with the vendor behind it."""
    with DocumentedKeyroll(conninfo, tmp_path, **{vendor.variable: listing.base_url}) as running:
        yield running


@pytest.fixture
def provider(keyroll: DocumentedKeyroll, vendor: Vendor) -> Json:
    """The provider, as the first step of the walk makes it."""
    answer = keyroll.http.post(
        "/v1/llm-providers",
        json={
            "name": "My OpenAI",
            "provider_type": vendor.provider_type,
            "api_key": KEY,
            "base_url": None,
        },
    )
    assert KEY not in answer.text
    assert KEY not in str(answer.headers)
    return done(answer, 201)


def test_a_provider_is_created_with_its_key_and_the_key_is_nowhere_in_the_answer(
    provider: Json, vendor: Vendor
) -> None:
    told = {
        "name": "My OpenAI",
        "provider_type": vendor.provider_type,
        "base_url": None,
        "status": "active",
        "api_key_set": True,
        "credential_source": "stored",
        "key_hint": KEY[-4:],
        "last_synced_at": None,
        "last_sync": None,
        "version": 2,
    }
    assert {field: provider[field] for field in told} == told
    assert provider["created_at"] == provider["updated_at"]


def test_a_sync_creates_confirms_and_marks_stale_as_the_listing_says(
    keyroll: DocumentedKeyroll, provider: Json, vendor: Vendor, listing: VendorServer
) -> None:
    first = sync(keyroll.http, provider)
    assert (first["status"], first["created"], first["updated"], first["stale"]) == ("success", 12, 0, 0)

    listing.models = [vendor.row(model_id) for model_id in vendor.ids[2:]]
    listing.requests.clear()
    second = sync(keyroll.http, provider)

    assert second == {
        "status": "success",
        "created": 5,
        "updated": 10,
        "changed": 0,
        "stale": 2,
        "code": None,
        "message": None,
        "sync_id": second["sync_id"],
        "position": log_end(keyroll.http),
        "models": None,
    }
    assert second["sync_id"] != first["sync_id"]
    assert len(listing.requests) == (1 if vendor.pages == 1 else 4)
    known = roll(keyroll.http)
    assert {model_id for model_id, model in known.items() if model["stale"]} == {*vendor.ids[:2]}
    assert {model_id for model_id, model in known.items() if not model["stale"]} == {*vendor.ids[2:]}
    assert {model["source"] for model in known.values()} == {"discovered"}


def test_a_listing_is_read_to_its_last_page(
    keyroll: DocumentedKeyroll, provider: Json, vendor: Vendor, listing: VendorServer
) -> None:
    listing.models = [vendor.row(model_id) for model_id in vendor.ids]
    assert sync(keyroll.http, provider)["created"] == 17
    assert len(listing.requests) == vendor.pages
    assert {*roll(keyroll.http)} == {*vendor.ids}


def test_a_model_becomes_the_default_and_a_disabled_provider_takes_it_out_of_use(
    keyroll: DocumentedKeyroll, provider: Json, vendor: Vendor
) -> None:
    sync(keyroll.http, provider)
    model = roll(keyroll.http)[vendor.ids[5]]

    chosen = keyroll.http.patch(f"/v1/llm-models/{model['id']}", json={"is_default": True})
    assert done(chosen)["is_default"] is True
    shown = default(keyroll.http)
    assert (shown["model"]["id"], shown["usable"], shown["reason"]) == (model["id"], True, None)

    disabled = keyroll.http.patch(f"/v1/llm-providers/{provider['id']}", json={"status": "disabled"})
    assert done(disabled)["status"] == "disabled"
    shown = default(keyroll.http)
    assert (shown["model"]["id"], shown["usable"]) == (model["id"], False)
    assert shown["reason"] == "Its provider 'My OpenAI' is disabled."
    assert list(items(keyroll.http, "/v1/llm-models")) == []
    assert len(roll(keyroll.http)) == 12


def test_the_walk_leaves_its_whole_trail_and_the_key_is_nowhere_in_it(
    keyroll: DocumentedKeyroll, provider: Json, vendor: Vendor
) -> None:
    sync(keyroll.http, provider)
    model = roll(keyroll.http)[vendor.ids[0]]
    keyroll.http.patch(f"/v1/llm-models/{model['id']}", json={"is_default": True})
    keyroll.http.patch(f"/v1/llm-providers/{provider['id']}", json={"status": "disabled"})

    trail = list(items(keyroll.http, "/v1/audit-events"))
    assert [event["action"] for event in reversed(trail)] == [
        "access.token_issued",
        "provider.created",
        "provider.key_rotated",
        "sync.started",
        *["model.discovered"] * 12,
        "sync.completed",
        "catalog.default_model_changed",
        "provider.disabled",
    ]
    assert KEY not in str(trail)
    assert KEY[-4:] in str(trail)  # the control: its hint is where the key would be
