from datetime import timedelta

import pytest

from domain.event import Meta
from domain.provider import (
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderEvent,
    ProviderRenamed,
)
from projections.providers import PROVIDERS, ProviderRow, fold
from tests.support.examples import KEY, META, NOON, ORGANIZATION, OTHER_KEY, OWN, PROXY, STREAM, recorded

LATER = NOON + timedelta(hours=1)
BOB = Meta(organization=ORGANIZATION, actor="bob", request_id="request-2")
ROW = ProviderRow(
    id=STREAM,
    organization=ORGANIZATION,
    version=1,
    name="Straße",
    name_key="strasse",
    provider_type="openai",
    base_url=None,
    status="active",
    key_id=None,
    key_fingerprint=None,
    key_hint=None,
    key_set_at=None,
    key_set_by=None,
    created_at=NOON,
    updated_at=NOON,
)
KEYED = ROW._replace(
    key_id=KEY.key_id,
    key_fingerprint=KEY.fingerprint,
    key_hint=KEY.hint,
    key_set_at=NOON,
    key_set_by="ada",
)
N = "Straße"


def test_a_created_provider_is_an_active_row_without_a_key() -> None:
    assert fold(None, recorded(ProviderCreated(name=N, endpoint=OWN))) == ROW
    assert META.actor == KEYED.key_set_by


@pytest.mark.parametrize(
    ("before", "event", "changed"),
    [
        (ROW, ProviderRenamed(name="TWO", before=N), {"name": "TWO", "name_key": "two"}),
        (
            ROW,
            ProviderEndpointChanged(name=N, before=OWN, after=PROXY),
            {"provider_type": "openai_completions", "base_url": PROXY.base_url},
        ),
        (
            KEYED,
            KeyRotated(name=N, before=KEY, after=OTHER_KEY),
            {
                "key_id": OTHER_KEY.key_id,
                "key_fingerprint": "f2f2f2f2",
                "key_hint": "wxyz",
                "key_set_at": LATER,
                "key_set_by": "bob",
            },
        ),
        (
            KEYED,
            KeyRemoved(name=N, before=KEY, reason="asked"),
            dict.fromkeys(["key_id", "key_fingerprint", "key_hint", "key_set_at", "key_set_by"]),
        ),
        (ROW, ProviderDisabled(name=N), {"status": "disabled"}),
        (ROW._replace(status="disabled"), ProviderEnabled(name=N), {"status": "active"}),
    ],
)
def test_an_event_changes_its_own_columns_and_the_version(
    before: ProviderRow, event: ProviderEvent, changed: dict[str, object]
) -> None:
    after = fold(before, recorded(event, 2, at=LATER, meta=BOB))
    assert after == before._replace(**changed, version=2, updated_at=LATER)  # type: ignore[arg-type]  # columns by name


def test_a_deleted_provider_has_no_row() -> None:
    assert fold(ROW, recorded(ProviderDeleted(name=N), 2)) is None


def test_events_of_a_row_that_is_gone_bring_none_back() -> None:
    assert fold(None, recorded(ProviderEnabled(name=N), 3)) is None


def test_the_read_model_is_the_table_of_providers() -> None:
    assert (PROVIDERS.table, PROVIDERS.row, PROVIDERS.fold) == ("llm_providers", ProviderRow, fold)
