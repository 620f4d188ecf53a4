"""The sync runs as the API shows them: one row each, kept for good."""

from datetime import datetime
from typing import NamedTuple, assert_never, get_args
from uuid import UUID

from domain.event import Recorded
from domain.sync import SyncCompleted, SyncEvent, SyncFailed, SyncStarted
from projections.read_model import ReadModel


class SyncRow(NamedTuple):
    """A run. ``code`` and ``message`` say why it failed; the counts are those of a completed run, else 0."""

    id: UUID
    organization: UUID
    provider_id: UUID
    version: int
    status: str
    trigger: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    created: int
    updated: int
    changed: int
    stale: int
    listing_digest: str | None
    code: str | None
    message: str | None


def fold(row: SyncRow | None, recorded: Recorded[SyncEvent]) -> SyncRow | None:
    """The row after the event."""
    event = recorded.event
    match event:
        case SyncStarted():
            return _first_row(recorded, event)
        case _ if row is None:
            return None
        case SyncCompleted():
            return row._replace(
                version=recorded.originator_version,
                status="success",
                finished_at=recorded.occurred_at,
                listing_digest=event.listing_digest,
                **event.counts.model_dump(),
            )
        case SyncFailed():
            return row._replace(
                version=recorded.originator_version,
                status="failed",
                finished_at=recorded.occurred_at,
                code=event.failure.value,
                message=event.message,
                listing_digest=event.listing_digest,
            )
        case _:
            assert_never(event)


def _first_row(recorded: Recorded[SyncEvent], event: SyncStarted) -> SyncRow:
    return SyncRow(
        id=recorded.originator_id,
        organization=recorded.meta.organization,
        provider_id=event.provider_id,
        version=recorded.originator_version,
        status="running",
        trigger=event.trigger,
        actor=recorded.meta.actor,
        started_at=recorded.occurred_at,
        finished_at=None,
        created=0,
        updated=0,
        changed=0,
        stale=0,
        listing_digest=None,
        code=None,
        message=None,
    )


SYNCS = ReadModel(table="syncs", row=SyncRow, follows=get_args(SyncEvent), fold=fold)
