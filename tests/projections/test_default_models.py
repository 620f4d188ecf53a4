from domain.catalog import DefaultModelChanged
from projections.default_models import DEFAULT_MODELS, DefaultModelRow, fold
from tests.support.examples import DEFAULT, NOON, ORGANIZATION, OTHER_DEFAULT, STREAM, recorded

ROW = DefaultModelRow(
    id=STREAM, organization=ORGANIZATION, version=1, default_id=DEFAULT.id, chosen_at=NOON, chosen_by="ada"
)


def test_the_first_default_is_a_row() -> None:
    assert fold(None, recorded(DefaultModelChanged(before=None, after=DEFAULT, reason="chosen"))) == ROW


def test_another_default_takes_the_row() -> None:
    changed = DefaultModelChanged(before=DEFAULT, after=OTHER_DEFAULT, reason="chosen")
    assert fold(ROW, recorded(changed, 2)) == ROW._replace(version=2, default_id=OTHER_DEFAULT.id)


def test_without_a_default_there_is_no_row() -> None:
    cleared = DefaultModelChanged(before=DEFAULT, after=None, reason="cleared")
    assert fold(ROW, recorded(cleared, 2)) is None


def test_the_read_model_is_the_table_of_defaults() -> None:
    assert (DEFAULT_MODELS.table, DEFAULT_MODELS.fold) == ("default_models", fold)
