"""Read models and their rebuilds, as the API and the command line show them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from adapters.postgres.rebuild_progress import Progress, Standing
from adapters.postgres.verify import Difference, Verified


class RebuildView(msgspec.Struct, frozen=True):
    """A rebuild. Its counts are of all organizations together, and so are the rate and the time left."""

    name: str
    run_id: UUID
    status: Literal["running", "done", "failed", "died"]
    phase: Literal["starting", "folding", "indexing", "catching up", "swapping", "done"]
    version: int
    events_done: int
    events_total: int
    events_per_second: float | None
    seconds_left: float | None
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    failure: str | None


class ProjectionView(msgspec.Struct, frozen=True):
    """A read model. ``built_at`` is null if no rebuild has made its table; ``rebuild`` is the last one."""

    name: str
    version: int
    built_at: datetime | None
    rebuild: RebuildView | None


class ProjectionList(msgspec.Struct, frozen=True):
    """All read models: there are only a few."""

    data: list[ProjectionView]
    next_cursor: None = None


class DifferenceView(msgspec.Struct, frozen=True):
    """The first difference. ``column`` is null if one side has no such row.

    ``id``, ``live`` and ``replayed`` are null in a row of another organization.
    """

    id: UUID | None
    column: str | None
    live: str | None
    replayed: str | None
    detail: str


class VerifiedView(msgspec.Struct, frozen=True):
    """What a check came to. Counts go as far as the first difference."""

    name: str
    identical: bool
    events: int
    rows: int
    difference: DifferenceView | None


def rebuild_view(progress: Progress) -> RebuildView:
    """The answer for one rebuild."""
    rate, left = progress.events_per_second, progress.seconds_left
    return RebuildView(
        name=progress.name,
        run_id=progress.run,
        status=progress.status,
        phase=progress.phase,
        version=progress.version,
        events_done=progress.events_done,
        events_total=progress.events_total,
        events_per_second=None if rate is None else round(rate, 1),
        seconds_left=None if left is None else round(left, 1),
        started_at=progress.started_at,
        updated_at=progress.updated_at,
        finished_at=progress.finished_at,
        failure=progress.failure,
    )


def projection_view(standing: Standing) -> ProjectionView:
    """The answer for one read model."""
    run = standing.last_run
    return ProjectionView(
        standing.name, standing.version, standing.built_at, None if run is None else rebuild_view(run)
    )


def verified_view(name: str, verified: Verified, organization: UUID | None) -> VerifiedView:
    """The answer to a check, for an organization, or None for the operator, who sees all."""
    found = verified.difference
    shown = None if found is None else _difference_view(found, organization)
    return VerifiedView(name, found is None, verified.events, verified.rows, shown)


def _difference_view(found: Difference, organization: UUID | None) -> DifferenceView:
    if organization not in (None, found.organization):
        detail = f"{found.table}: a row of another organization differs"
        return DifferenceView(None, found.column, None, None, detail)
    return DifferenceView(found.id, found.column, _text(found.live), _text(found.replayed), str(found))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
