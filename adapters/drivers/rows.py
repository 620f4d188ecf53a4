"""From a listing's rows to a Listing, in which each model stands once."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from adapters.drivers.failures import malformed
from domain.listing import ListedModel, Listing, ModelFacts

Row = Mapping[str, object]


def to_listing(
    rows: Sequence[object], id_of: Callable[[Row], object], facts_of: Callable[[Row], ModelFacts]
) -> Listing:
    """Read every row.

    Args:
        rows: what the vendor listed.
        id_of: where a row keeps the model's id.
        facts_of: a row's facts; what is missing or of another type than documented counts as not said.

    Raises:
        ListingError: ``malformed``: a row is no object, an id is missing, wrong or there twice.
    """
    try:
        models = tuple(
            [
                ListedModel.model_validate({"model_id": id_of(row), "facts": facts_of(row)})
                for row in map(_object, rows)
            ]
        )
    except ValidationError:
        raise malformed("a model has no id, or one that no model can have") from None
    if len({model.model_id for model in models}) != len(models):
        raise malformed("a model stands in it twice")
    return Listing(models=models)


def _object(row: object) -> Row:
    if not isinstance(row, dict):
        raise malformed("a row is no object")
    return row
