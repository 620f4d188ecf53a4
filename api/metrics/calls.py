"""Counts calls by provider and model, in memory."""

from collections.abc import Iterator
from typing import Final, NamedTuple
from uuid import UUID

from api.calls.observed import CallRecord
from api.metrics.distribution import OWN_SECONDS, SECONDS, Distribution

MOST_SERIES: Final = 2_000
"""Pairs of provider and model that are told apart in one process; what comes later is told as ``other``."""

MOST_ERRORS: Final = 50
"""Kinds of errors that are told apart for each of them."""

OTHER: Final = "other"


class SeriesName(NamedTuple):
    """Whose calls. No token told the organization: None; no model was found: the names are empty."""

    organization: UUID | None
    provider: str
    model: str


class CallSeries:
    """What the calls of one name came to."""

    __slots__ = ("cached", "calls", "errors", "first_byte", "input", "output", "own", "reasoning", "seconds")

    def __init__(self) -> None:
        self.calls = 0
        self.errors: dict[str, int] = {}
        self.input = self.cached = self.output = self.reasoning = 0
        self.seconds = Distribution(SECONDS)
        self.first_byte = Distribution(SECONDS)
        self.own = Distribution(OWN_SECONDS)

    def add(self, call: CallRecord) -> None:
        """Count a call."""
        self.calls += 1
        if call.error is not None:
            kind = call.error if call.error in self.errors or len(self.errors) < MOST_ERRORS else OTHER
            self.errors[kind] = self.errors.get(kind, 0) + 1
        usage = call.usage
        self.input += usage.input or 0
        self.cached += usage.cached_input or 0
        self.output += usage.output or 0
        self.reasoning += usage.reasoning or 0
        if call.first_byte is not None:
            self.seconds.add(call.ended - call.started)
            if call.stream:
                self.first_byte.add(call.first_byte - call.started)
        if call.overhead is not None:
            self.own.add(call.overhead)


class CallMetrics:
    """Observes calls.

    Args:
        most: how many providers and models are told apart.
    """

    def __init__(self, most: int = MOST_SERIES) -> None:
        self._most = most
        self._series: dict[SeriesName, CallSeries] = {}

    def record(self, call: CallRecord) -> None:
        organization = None if call.bearer is None else call.bearer.organization
        if call.route is None:
            name = SeriesName(organization, "", "")
        else:
            name = SeriesName(organization, call.route.provider.name, call.route.model.model_id)
        found = self._series.get(name)
        if found is None:
            if len(self._series) >= self._most and name.model:
                name = SeriesName(organization, OTHER, OTHER)
            found = self._series.setdefault(name, CallSeries())
        found.add(call)

    def of(self, organization: UUID | None) -> Iterator[tuple[SeriesName, CallSeries]]:
        """The series of an organization; None: of all of them, and of nobody."""
        for name, series in self._series.items():
            if organization is None or name.organization == organization:
                yield name, series
