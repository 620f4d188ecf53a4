"""What goes into one transaction together with the events: rows, guards, and the sealed key."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from adapters.vault.sealed_key import SealedKey
from domain.event import Meta
from projections.read_model import ReadModel

GuardName: TypeAlias = Literal[
    "provider_exists",
    "provider_active",
    "provider_unchanged",
    "model_unchanged",
    "model_not_default",
    "provider_has_no_other_model",
    "provider_has_no_default",
    "sync_running",
    "another_admin_exists",
    "no_admin_exists",
]


@dataclass(frozen=True)
class LogEntry(StoredEvent):
    """A stored event with the typed columns beside it."""

    occurred_at: datetime
    meta: Meta
    position: int = 0


class Guard(NamedTuple):
    """A condition asked under the append lock. If it does not hold, nothing is written."""

    name: GuardName
    subject: UUID
    expected: int | None = None


class RowChange(NamedTuple):
    """One row after a write. ``row`` None: it goes. ``new``: there was none before."""

    read_model: ReadModel[Any]
    id: UUID
    row: Any
    new: bool


@dataclass(frozen=True, slots=True)
class Write:
    """All of a transaction but its events.

    Attributes:
        rows: the read models' rows after the events.
        guards: what must hold.
        sealed: a key to store.
        destroyed: the ids of the keys to destroy.
        claim: the claim of the idempotent request that this write fulfils.
    """

    rows: tuple[RowChange, ...] = ()
    guards: tuple[Guard, ...] = ()
    sealed: SealedKey | None = None
    destroyed: tuple[UUID, ...] = field(default=())
    claim: UUID | None = None
