"""What a run did to the models, or would do, as the API shows it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from api.queries.audit import ChangeView
from domain.protection import Protected, Reason
from projections.sync_diffs import ChangeKind, ModelDiff


class KeptFieldView(msgspec.Struct, frozen=True):
    """A field as it stays, and as the listing has it; null where nothing is said."""

    kept: Any
    listed: Any


class ProtectedView(msgspec.Struct, frozen=True):
    """Why a listing did not have the last word: a person deleted, added or edited the model."""

    reason: Reason
    fields: dict[str, KeptFieldView]


class ModelDiffView(msgspec.Struct, frozen=True):
    """A model that a run changed, or had to leave as a person wanted it.

    ``fields`` are named as in the audit trail. ``protected`` tells, of a model that is changed otherwise too,
    what a person's word kept from the listing.
    """

    id: UUID
    model_id: str
    change: ChangeKind
    fields: dict[str, ChangeView]
    protected: ProtectedView | None


def model_diff_views(diffs: Iterable[ModelDiff]) -> list[ModelDiffView]:
    """The answer for the models of a run."""
    return [
        ModelDiffView(
            id=diff.id,
            model_id=diff.model_id,
            change=diff.change,
            fields={name: ChangeView(*change) for name, change in diff.fields.items()},
            protected=None if diff.protected is None else _protected_view(diff.protected),
        )
        for diff in diffs
    ]


def _protected_view(protected: Protected) -> ProtectedView:
    fields = {name: KeptFieldView(field.kept, field.listed) for name, field in protected.fields.items()}
    return ProtectedView(protected.reason, fields)
