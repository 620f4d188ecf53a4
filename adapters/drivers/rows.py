"""From the rows of a page to models."""

from collections.abc import Callable, Mapping

from pydantic import TypeAdapter, ValidationError

from adapters.drivers.failures import malformed
from domain.listing import ListedModel, ModelFacts

Row = Mapping[str, object]
Facts = Mapping[str, object] | ModelFacts
"""What a row tells of: the fields of ModelFacts, still to be validated, or facts that are valid already."""

_MODELS = TypeAdapter(list[ListedModel])


def models_of(
    rows: object, id_of: Callable[[Row], object], facts_of: Callable[[Row], Facts]
) -> list[ListedModel]:
    """Read every row of a page.

    Args:
        rows: what should be a list of objects.
        id_of: where a row keeps the model's id.
        facts_of: a row's facts; what is missing or of another type than documented counts as not said.

    Raises:
        ListingError: ``malformed``: no list, a row that is no object, or an id that is missing or wrong.
    """
    if not isinstance(rows, list):
        raise malformed("a page holds no list of models")
    if not all(isinstance(row, dict) for row in rows):
        raise malformed("a model is no object")
    try:
        # All rows at once: entering the validator for each model costs as much as its work there.
        return _MODELS.validate_python([{"model_id": id_of(row), "facts": facts_of(row)} for row in rows])
    except ValidationError:
        raise malformed("a model has no id, or one that no model can have") from None
