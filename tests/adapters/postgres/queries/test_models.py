from datetime import timedelta
from uuid import UUID

import pytest

from adapters.postgres.queries.models import ModelFilter, find_default, find_model, page_of_models
from adapters.postgres.store import Decided, Store, Stream
from api.commands.core import MODEL, PROVIDER, SYNC
from domain.edits import Edits
from domain.listing import ModelFacts
from domain.model import (
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEvent,
    ModelMarkedStale,
    stream_of,
)
from domain.provider import ProviderDisabled
from domain.sync import SyncCompleted, SyncCounts, SyncStarted
from tests.support.examples import NOON, ORGANIZATION, SYNC_ID
from tests.support.reading import ask
from tests.support.writes import default, meta, model, provider

ON, OFF, THEIRS = UUID(int=1), UUID(int=2), UUID(int=3)
OTHER_ORGANIZATION = UUID(int=9)
FIRST = ("", UUID(int=0))
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def models(store: Store) -> None:
    """A provider that is on with models of every state, one that is off, and another organization's."""
    found = ModelDiscovered(provider_id=ON, model_id="found", facts=ModelFacts(), sync_id=SYNC_ID)
    names = ("a", "b%", "B_", "c\\", "disabled", "deleted")
    store.append(
        [
            provider("On", ON),
            provider("Off", OFF),
            *(model(ON, name) for name in names),
            Decided(model(ON, "found").stream, (found,)),
            model(OFF, "a"),
            default(ORGANIZATION, ON, "a"),
        ],
        meta(),
        NOON,
    )
    store.append([provider("On", THEIRS), model(THEIRS, "a")], meta(OTHER_ORGANIZATION), NOON)
    store.append([Decided(store.load(PROVIDER, OFF), (ProviderDisabled(name="Off"),))], meta(), NOON)
    edited = ModelEdited(provider_id=ON, model_id="a", before=Edits(), after=Edits(display_name="Größe"))
    for event in (
        ModelDisabled(provider_id=ON, model_id="disabled"),
        ModelDeleted(provider_id=ON, model_id="deleted", reason="asked"),
        ModelMarkedStale(provider_id=ON, model_id="found", last_seen_at=NOON, sync_id=SYNC_ID),
        edited,
    ):
        _take(store, event)
    _end_a_run(store)


def _take(store: Store, event: ModelEvent) -> None:
    stream = store.load(MODEL, stream_of(ON, event.model_id))
    store.append([Decided(stream, (event,))], meta(), NOON)


def _end_a_run(store: Store) -> None:
    run = {"provider_id": ON, "provider_name": "On"}
    ended = SyncCompleted(**run, counts=SyncCounts(stale=1), listing_digest="")
    store.append(
        [Decided(Stream(SYNC, SYNC_ID), (SyncStarted(**run, trigger="manual"), ended))], meta(), LATER
    )


def _page(
    conninfo: str, wanted: ModelFilter, after: tuple[str, UUID] = FIRST, limit: int = 50
) -> list[tuple[str, str]]:
    found = ask(
        conninfo, lambda reader: page_of_models(reader, ORGANIZATION, wanted, after=after, limit=limit)
    )
    return [(one.provider_name, one.row.model_id) for one in found]


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (ModelFilter(), ["B_", "a", "b%", "c\\"]),
        (ModelFilter(include_stale=True), ["B_", "a", "b%", "c\\", "found"]),
        (ModelFilter(status="all"), ["B_", "a", "b%", "c\\", "disabled"]),
        (ModelFilter(source="discovered"), []),
        (ModelFilter(source="discovered", include_stale=True), ["found"]),
        (ModelFilter(text="%"), ["b%"]),
        (ModelFilter(text="_"), ["B_"]),
        (ModelFilter(text="\\"), ["c\\"]),
        (ModelFilter(text="b"), ["B_", "b%"]),
        (ModelFilter(text="GRÖSSE"), []),
        (ModelFilter(text="GRÖß"), ["a"]),
    ],
)
def test_a_list_shows_what_its_filter_asks_for(conninfo: str, wanted: ModelFilter, shown: list[str]) -> None:
    of_one = wanted._replace(provider_id=ON)
    assert _page(conninfo, of_one) == [("On", model_id) for model_id in shown]


def test_disabled_models_are_those_that_are_or_whose_provider_is(conninfo: str) -> None:
    assert _page(conninfo, ModelFilter(status="disabled")) == [("Off", "a"), ("On", "disabled")]


def test_models_of_all_providers_are_paged_by_their_vendors_ids(conninfo: str) -> None:
    everyone = ModelFilter(status="all")
    whole = _page(conninfo, everyone)
    ids = {"On": ON, "Off": OFF}
    paged, after = [], FIRST
    while page := _page(conninfo, everyone, after, limit=2):
        paged.extend(page)
        name, model_id = page[-1]
        after = (model_id, stream_of(ids[name], model_id))
    assert paged == whole
    assert [model_id for _, model_id in whole] == ["B_", "a", "a", "b%", "c\\", "disabled"]


def test_a_model_is_found_in_its_organization_unless_it_was_deleted(conninfo: str) -> None:
    def found(organization: UUID, provider_id: UUID, model_id: str) -> bool:
        model_stream = stream_of(provider_id, model_id)
        return ask(conninfo, lambda reader: find_model(reader, organization, model_stream)) is not None

    assert found(ORGANIZATION, ON, "a")
    assert found(ORGANIZATION, ON, "found")
    assert not found(ORGANIZATION, ON, "deleted")
    assert not found(ORGANIZATION, THEIRS, "a")
    assert found(OTHER_ORGANIZATION, THEIRS, "a")


def test_the_default_is_found_and_says_that_it_is_one(conninfo: str) -> None:
    found = ask(conninfo, lambda reader: find_default(reader, ORGANIZATION))
    assert found is not None
    assert (found.row.model_id, found.provider_name, found.is_default) == ("a", "On", True)
    assert (found.provider_status, found.last_synced_at) == ("active", LATER)
    other = ask(conninfo, lambda reader: find_model(reader, ORGANIZATION, stream_of(ON, "b%")))
    assert other is not None
    assert not other.is_default
    assert ask(conninfo, lambda reader: find_default(reader, OTHER_ORGANIZATION)) is None
