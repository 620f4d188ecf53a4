"""Adds up what calls come to, in memory, for each token, model and day."""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TypeAlias
from uuid import UUID

from adapters.postgres.usage import UsageRow
from api.calls.observed import CallRecord
from api.calls.routing_view import Bearer, RoutingView
from domain.call import Usage
from domain.cost import Tariff, dollars_of
from domain.routing import Route

MOST_ROWS: Final = 10_000
"""Sums that are kept while the database is away; more tokens and models than that are not counted."""

_DAY: Final = 86_400
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()

_NOTHING: Final = Usage(input=0, output=0)

_Key: TypeAlias = tuple[UUID, UUID, int]

log = logging.getLogger("keyroll.usage")


@dataclass(slots=True)
class _Sum:
    bearer: Bearer
    route: Route
    last: float = 0.0
    calls: int = 0
    errors: int = 0
    uncounted: int = 0
    unpriced: int = 0
    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    cost: int = 0

    def add(self, call: CallRecord, route: Route, tariff: Tariff) -> None:
        usage = call.usage
        self.route, self.last = route, call.started_at
        self.calls += 1
        if call.error is not None:
            self.errors += 1
        self.input += usage.input or 0
        self.cached_input += usage.cached_input or 0
        self.cache_write += usage.cache_write or 0
        self.output += usage.output or 0
        self.reasoning += usage.reasoning or 0
        answered = call.first_byte is not None
        counted = usage.input is not None and usage.output is not None
        if answered and not counted:
            self.uncounted += 1
        cost = tariff.cost(usage) if answered or counted else tariff.cost(_NOTHING)
        if cost is None:
            self.unpriced += 1
        else:
            self.cost += cost


class UsageCounts:
    """Observes calls. Those that led to no model are not in it: metrics tell of them.

    Attributes:
        since: when the first call came of those that wait to be taken, on the clock of calls' ends.
        left_out: calls that there was no room to count.

    Args:
        view: knows the prices that are in force when a call ends.
        most: how many sums are kept.
    """

    def __init__(self, view: RoutingView, most: int = MOST_ROWS) -> None:
        self._view = view
        self._most = most
        self._sums: dict[_Key, _Sum] = {}
        self.since: float | None = None
        self.left_out = 0

    def record(self, call: CallRecord) -> None:
        bearer, route = call.bearer, call.route
        if bearer is None or route is None:
            return
        key = (bearer.id, route.model.id, int(call.started_at // _DAY))
        found = self._sums.get(key)
        if found is None:
            if len(self._sums) >= self._most:
                self._leave_out()
                return
            found = self._sums[key] = _Sum(bearer, route)
            if self.since is None:
                self.since = call.ended
        found.add(call, route, self._view.tariff(bearer.organization, route.model))

    def take(self) -> tuple[UsageRow, ...]:
        """What was added up since it was last taken."""
        taken, self._sums, self.since = self._sums, {}, None
        return tuple(_row(day, counted) for (_, _, day), counted in taken.items())

    def _leave_out(self) -> None:
        if not self.left_out:
            log.error("More than %s sums wait for the database: further calls are not counted", self._most)
        self.left_out += 1


def _row(day: int, counted: _Sum) -> UsageRow:
    bearer, route = counted.bearer, counted.route
    return UsageRow(
        organization=bearer.organization,
        day=date.fromordinal(_FIRST_DAY + day),
        token_id=bearer.id,
        model=route.model.id,
        token_name=bearer.name,
        provider_id=route.provider.id,
        provider_name=route.provider.name,
        model_id=route.model.model_id,
        calls=counted.calls,
        errors=counted.errors,
        uncounted_calls=counted.uncounted,
        unpriced_calls=counted.unpriced,
        input_tokens=counted.input,
        cached_input_tokens=counted.cached_input,
        cache_write_tokens=counted.cache_write,
        output_tokens=counted.output,
        reasoning_tokens=counted.reasoning,
        cost_usd=dollars_of(counted.cost),
        last_call_at=datetime.fromtimestamp(counted.last, UTC),
    )
