from collections import Counter
from typing import Any

import pytest

from domain.audit import KeySearched
from domain.topics import EVENTS, AnyEvent
from projections.all import FOLLOWED_BY, READ_MODELS
from projections.key_searches import KEY_SEARCHES
from projections.read_model import ReadModel
from tests.support.examples import EXAMPLES, recorded

every_read_model = pytest.mark.parametrize("read_model", READ_MODELS, ids=lambda model: model.table)


def test_every_event_but_a_search_is_followed_by_exactly_one_read_model() -> None:
    followed = Counter(event for read_model in READ_MODELS for event in read_model.follows)
    assert followed == Counter(set(EVENTS.values()) - {KeySearched})
    assert FOLLOWED_BY.keys() == followed.keys()


@every_read_model
def test_a_row_begins_with_its_id_and_knows_its_organization_and_version(read_model: ReadModel[Any]) -> None:
    assert read_model.row._fields[:2] == ("id", "organization")
    assert "version" in read_model.row._fields


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.topic)
def test_a_fold_is_pure(example: AnyEvent) -> None:
    fold = FOLLOWED_BY.get(type(example), KEY_SEARCHES).fold
    assert fold(None, recorded(example)) == fold(None, recorded(example))
