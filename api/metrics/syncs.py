"""Counts the sync runs of this process by how they ended."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from api.commands.syncs import SyncOutcome


class SyncsName(NamedTuple):
    """Whose runs, and how they ended; ``code`` says why one failed."""

    organization: UUID
    status: str
    code: str


class SyncMetrics:
    """Is told of every run."""

    def __init__(self) -> None:
        self._counts: Counter[SyncsName] = Counter()

    def ended(self, organization: UUID, outcome: SyncOutcome) -> None:
        """Count a run. Its outcome's words are of closed lists."""
        self._counts[SyncsName(organization, outcome.status, outcome.code or "")] += 1

    def of(self, organization: UUID | None) -> Iterator[tuple[SyncsName, int]]:
        """The counts of an organization; None: of all."""
        for name, count in self._counts.items():
            if organization in (None, name.organization):
                yield name, count
