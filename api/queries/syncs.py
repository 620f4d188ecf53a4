"""Sync runs, and how a sync ended, as the API shows them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from adapters.postgres.queries.run_events import RunEvents
from api.commands.syncs import SyncOutcome, SyncStatus
from api.queries.sync_diffs import ModelDiffView, model_diff_views
from projections.sync_diffs import model_diffs
from projections.syncs import SyncRow


class SyncRunView(msgspec.Struct, frozen=True):
    """A run. ``code`` and ``message`` say why it failed.

    ``listing_digest`` is the SHA-256 of the listing, under which it is kept; null: there was no whole one.
    """

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
    listing_digest: str | None


class SyncDiffView(SyncRunView, frozen=True):
    """A run, and what it did to each model. ``position`` is its end's place in the log; null: none yet."""

    position: int | None
    models: list[ModelDiffView]


class SyncView(msgspec.Struct, frozen=True):
    """How a sync ended. ``sync_id`` and ``position`` are null where no run was recorded.

    ``models`` is what a rehearsal, with ``dry_run``, would do to each model; null for all others.
    """

    status: SyncStatus
    created: int
    updated: int
    changed: int
    stale: int
    code: str | None
    message: str | None
    sync_id: UUID | None
    position: int | None
    models: list[ModelDiffView] | None


def sync_run_view(row: SyncRow) -> SyncRunView:
    """The answer for one run of a provider's history."""
    return msgspec.convert({**row._asdict(), "sync_id": row.id}, SyncRunView)


def sync_diff_view(row: SyncRow, events: RunEvents) -> SyncDiffView:
    """The answer for one run and its models."""
    models = model_diff_views(model_diffs(row.provider_id, events.models, events.protected))
    run = msgspec.structs.asdict(sync_run_view(row))
    return SyncDiffView(**run, position=events.ended, models=models)


def sync_view(outcome: SyncOutcome) -> SyncView:
    """The answer to a sync that was asked for."""
    return SyncView(
        status=outcome.status,
        **outcome.counts.model_dump(),
        code=outcome.code,
        message=outcome.message,
        sync_id=outcome.sync_id,
        position=outcome.position,
        models=None if outcome.rehearsed is None else model_diff_views(outcome.rehearsed),
    )
