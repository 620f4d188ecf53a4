"""The organizations that have a name: one row each, kept as a tombstone when deleted."""

from datetime import datetime
from typing import NamedTuple, assert_never, get_args
from uuid import UUID

from domain.event import Recorded
from domain.organization import OrganizationCreated, OrganizationDeleted, OrganizationEvent
from projections.read_model import ReadModel


class OrganizationRow(NamedTuple):
    """An organization. ``id`` and ``organization`` are the same; a deleted one takes no event any more."""

    id: UUID
    organization: UUID
    version: int
    name: str
    created_at: datetime
    created_by: str
    deleted_at: datetime | None


def fold(row: OrganizationRow | None, recorded: Recorded[OrganizationEvent]) -> OrganizationRow | None:
    """The row after the event."""
    event = recorded.event
    match event:
        case OrganizationCreated():
            return OrganizationRow(
                id=recorded.originator_id,
                organization=recorded.meta.organization,
                version=recorded.originator_version,
                name=event.name,
                created_at=recorded.occurred_at,
                created_by=recorded.meta.actor,
                deleted_at=None,
            )
        case _ if row is None:
            return None
        case OrganizationDeleted():
            return row._replace(version=recorded.originator_version, deleted_at=recorded.occurred_at)
        case _:
            assert_never(event)


ORGANIZATIONS = ReadModel(
    table="organizations", row=OrganizationRow, follows=get_args(OrganizationEvent), fold=fold
)
