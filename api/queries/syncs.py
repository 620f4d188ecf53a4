"""Sync runs, and how a sync ended, as the API shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from api.commands.syncs import SyncOutcome, SyncStatus
from projections.syncs import SyncRow


class SyncRunView(msgspec.Struct, frozen=True):
    """A run. ``code`` and ``message`` say why it failed."""

    sync_id: UUID
    provider_id: UUID
    status: Literal["running", "success", "failed"]
    trigger: Literal["manual", "schedule"]
    actor: str
    started_at: datetime
    finished_at: datetime | None
    created: int
    updated: int
    changed: int
    stale: int
    code: str | None
    message: str | None


class SyncView(msgspec.Struct, frozen=True):
    """How a sync ended. ``sync_id`` and ``position`` are null where no run was recorded."""

    status: SyncStatus
    created: int
    updated: int
    changed: int
    stale: int
    code: str | None
    message: str | None
    sync_id: UUID | None
    position: int | None


def sync_run_view(row: SyncRow) -> SyncRunView:
    """The answer for one run of a provider's history."""
    return msgspec.convert({**row._asdict(), "sync_id": row.id}, SyncRunView)


def sync_view(outcome: SyncOutcome) -> SyncView:
    """The answer to a sync that was asked for."""
    return SyncView(
        status=outcome.status,
        **outcome.counts.model_dump(),
        code=outcome.code,
        message=outcome.message,
        sync_id=outcome.sync_id,
        position=outcome.position,
    )
