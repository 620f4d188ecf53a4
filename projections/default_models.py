"""The default model of each organization: at most one row, gone when there is none."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.catalog import DefaultModelChanged
from domain.event import Recorded
from projections.read_model import ReadModel


class DefaultModelRow(NamedTuple):
    """The default, and who chose it when. ``id`` is the organization's catalog."""

    id: UUID
    organization: UUID
    version: int
    default_id: UUID
    chosen_at: datetime
    chosen_by: str


def fold(_row: DefaultModelRow | None, recorded: Recorded[DefaultModelChanged]) -> DefaultModelRow | None:
    """The row after the event."""
    after = recorded.event.after
    if after is None:
        return None
    return DefaultModelRow(
        id=recorded.originator_id,
        organization=recorded.meta.organization,
        version=recorded.originator_version,
        default_id=after.id,
        chosen_at=recorded.occurred_at,
        chosen_by=recorded.meta.actor,
    )


DEFAULT_MODELS = ReadModel(
    table="default_models", row=DefaultModelRow, follows=(DefaultModelChanged,), fold=fold
)
