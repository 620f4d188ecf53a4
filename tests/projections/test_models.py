from datetime import timedelta

import pytest

from domain.edits import Edits
from domain.listing import ModelFacts
from domain.model import (
    ModelAdded,
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEnabled,
    ModelEvent,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    ModelRestored,
    Source,
)
from projections.models import MODELS, ModelRow, fold
from tests.support.examples import (
    EDITS,
    FACTS,
    GPT,
    GPT_ID,
    NEWER_FACTS,
    NOON,
    ORGANIZATION,
    PROVIDER_ID,
    SYNC_ID,
    recorded,
)

LATER = NOON + timedelta(hours=1)
SEEN = NOON - timedelta(hours=1)
ROW = ModelRow(
    id=GPT_ID,
    organization=ORGANIZATION,
    provider_id=PROVIDER_ID,
    version=1,
    model_id=GPT,
    source="discovered",
    status="active",
    stale=False,
    deleted=False,
    last_seen_at=None,
    display_name="GPT-5",
    facts=FACTS.model_dump_json(exclude_defaults=True),
    edits="{}",
    created_at=NOON,
    updated_at=NOON,
    retires_at=FACTS.retires_at,
)
EDITED = ROW._replace(
    display_name="Our GPT", edits='{"display_name":"Our GPT","capabilities":{"vision":false}}'
)
SOONER = ROW._replace(edits='{"retires_at":"2026-03-01T13:00:00.123456Z"}', retires_at=LATER)
STALE = ROW._replace(stale=True, last_seen_at=SEEN)
WHICH = {"provider_id": PROVIDER_ID, "model_id": GPT}


def test_a_discovered_model_is_an_active_row() -> None:
    assert fold(None, recorded(ModelDiscovered(**WHICH, facts=FACTS, sync_id=SYNC_ID), stream=GPT_ID)) == ROW


@pytest.mark.parametrize("source", ["manual", "predefined"])
def test_an_added_model_is_an_active_row_of_its_source(source: str) -> None:
    added = ModelAdded.model_validate({**WHICH, "source": source, "facts": FACTS})
    assert fold(None, recorded(added, stream=GPT_ID)) == ROW._replace(source=source)


@pytest.mark.parametrize(
    ("before", "event", "changed"),
    [
        (
            ROW,
            ModelRefreshed(**WHICH, before=FACTS, after=NEWER_FACTS, sync_id=SYNC_ID),
            {"facts": NEWER_FACTS.model_dump_json(exclude_defaults=True), "display_name": "GPT-5 (new)"},
        ),
        (
            EDITED,
            ModelRefreshed(**WHICH, before=FACTS, after=NEWER_FACTS, sync_id=SYNC_ID),
            {"facts": NEWER_FACTS.model_dump_json(exclude_defaults=True)},
        ),
        (
            ROW,
            ModelMarkedStale(**WHICH, last_seen_at=SEEN, sync_id=SYNC_ID),
            {"stale": True, "last_seen_at": SEEN},
        ),
        (STALE, ModelReappeared(**WHICH, sync_id=SYNC_ID), {"stale": False, "last_seen_at": LATER}),
        (
            ROW,
            ModelEdited(**WHICH, before=Edits(), after=EDITS),
            {"edits": EDITED.edits, "display_name": "Our GPT"},
        ),
        (
            EDITED,
            ModelEdited(**WHICH, before=EDITS, after=Edits()),
            {"edits": "{}", "display_name": "GPT-5"},
        ),
        (
            ROW,
            ModelEdited(**WHICH, before=Edits(), after=Edits(retires_at=LATER)),
            {"edits": '{"retires_at":"2026-03-01T13:00:00.123456Z"}', "retires_at": LATER},
        ),
        (
            SOONER,
            ModelRefreshed(**WHICH, before=FACTS, after=NEWER_FACTS, sync_id=SYNC_ID),
            {"facts": NEWER_FACTS.model_dump_json(exclude_defaults=True), "display_name": "GPT-5 (new)"},
        ),
        (
            SOONER,
            ModelEdited(**WHICH, before=Edits(retires_at=LATER), after=Edits()),
            {"edits": "{}", "retires_at": FACTS.retires_at},
        ),
        (ROW, ModelDisabled(**WHICH), {"status": "disabled"}),
        (ROW._replace(status="disabled"), ModelEnabled(**WHICH), {"status": "active"}),
        (EDITED, ModelDeleted(**WHICH, reason="asked"), {"deleted": True}),
        (EDITED._replace(deleted=True), ModelRestored(**WHICH), {"deleted": False}),
        (
            ROW._replace(deleted=True),
            ModelRestored(**WHICH, facts=NEWER_FACTS),
            {
                "deleted": False,
                "facts": NEWER_FACTS.model_dump_json(exclude_defaults=True),
                "display_name": "GPT-5 (new)",
            },
        ),
    ],
)
def test_an_event_changes_its_own_columns_and_the_version(
    before: ModelRow, event: ModelEvent, changed: dict[str, object]
) -> None:
    after = fold(before, recorded(event, 2, stream=GPT_ID, at=LATER))
    assert after == before._replace(**changed, version=2, updated_at=LATER)  # type: ignore[arg-type]  # columns by name


def test_a_model_that_no_one_names_has_no_display_name() -> None:
    nameless = ModelAdded(**WHICH, source=Source.MANUAL, facts=ModelFacts())
    row = fold(None, recorded(nameless))
    assert row is not None
    assert (row.display_name, row.facts) == (None, "{}")


def test_events_before_the_first_bring_no_row() -> None:
    assert fold(None, recorded(ModelEnabled(**WHICH), 3)) is None


def test_the_read_model_is_the_table_of_models() -> None:
    assert (MODELS.table, MODELS.row, MODELS.fold) == ("llm_models", ModelRow, fold)
