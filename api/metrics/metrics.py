"""All that a process counts, and who may see how much of it."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from api.metrics.calls import CallMetrics
from api.metrics.process import ProcessFacts
from api.metrics.syncs import SyncMetrics
from domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Metrics:
    """The parts of it.

    Attributes:
        operators_token: shows the whole process; None: nobody sees that.
        calls: counts calls.
        syncs: counts runs.
        facts: tells the state of the process.
    """

    operators_token: Secret | None
    calls: CallMetrics
    syncs: SyncMetrics
    facts: Callable[[], ProcessFacts]

    def is_operators(self, token: Secret) -> bool:
        """Whether this is the operator's token, in a time that tells nothing about it."""
        if self.operators_token is None:
            return False
        return hmac.compare_digest(self.operators_token.reveal().encode(), token.reveal().encode())

    def text_of(self, organization: UUID) -> bytes:
        """What an organization may see: its own calls and runs."""
        from api.metrics.exposition import exposition  # noqa: PLC0415  # 3 MB, for those who scrape only

        return exposition(organization, self.calls, self.syncs, None)

    def whole_text(self) -> bytes:
        """What the operator may see: everybody's, and the process itself."""
        from api.metrics.exposition import exposition  # noqa: PLC0415  # as above

        return exposition(None, self.calls, self.syncs, self.facts())
