"""Where a person's word stood against what a listing says."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic import Field, JsonValue

from domain.edits import Edits
from domain.listing import ListedModel, ModelFacts
from domain.model import Source
from domain.sync_roll import KnownModel
from domain.value import Value

Reason: TypeAlias = Literal["deleted", "added_by_hand", "edited"]


class Disagreement(Value):
    """A field as it stays, and as the listing has it; None where nothing is said."""

    kept: JsonValue = None
    listed: JsonValue = None


class Protected(Value):
    """A model that a listing did not change, or not as a whole, because a person had the last word.

    ``reason``: a person ``deleted`` it, so it stays deleted; they stated its facts themselves, as it was
    ``added_by_hand``; or they ``edited`` some of its fields.
    """

    model_id: str
    reason: Reason
    fields: dict[str, Disagreement] = Field(default_factory=dict)


def protection(listed: ListedModel, known: KnownModel) -> Protected | None:
    """What a person's word keeps from the listing; None if the two agree."""
    if known.deleted:
        return Protected(model_id=listed.model_id, reason="deleted")
    told = _stated(listed.facts)
    by_hand = known.source is Source.MANUAL
    kept = _stated(known.facts) if by_hand else told
    fields = _disagreements(_edited(kept, known), told)
    if not fields:
        return None
    reason: Reason = "added_by_hand" if by_hand else "edited"
    return Protected(model_id=listed.model_id, reason=reason, fields=fields)


def _stated(value: ModelFacts | Edits) -> dict[str, Any]:
    stated = value.model_dump(mode="json", exclude_defaults=True)
    stated.pop("from_catalogue", None)  # where a field comes from is nothing that anybody states
    return stated


def _edited(facts: Mapping[str, Any], known: KnownModel) -> dict[str, Any]:
    edits = {} if known.edits is None else _stated(known.edits)
    merged = {**facts, **edits}
    if "capabilities" in edits:
        merged["capabilities"] = {**facts.get("capabilities", {}), **edits["capabilities"]}
    return merged


def _disagreements(kept: Mapping[str, Any], listed: Mapping[str, Any]) -> dict[str, Disagreement]:
    found = {}
    for field in sorted({*kept, *listed}):
        one, other = kept.get(field), listed.get(field)
        if one != other:
            found[field] = Disagreement(kept=one, listed=other)
    return found
