"""Usage, added up by what is asked for."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.reader import Reader


class UsageGroup(StrEnum):
    """What usage can be told apart by."""

    DAY = "day"
    PROVIDER = "provider"
    MODEL = "model"
    TOKEN = "token"  # noqa: S105  # a word of the API


class UsageSum(NamedTuple):
    """The calls of a group. What it is not told apart by is None.

    ``cost_usd`` is that of the calls whose cost is known; ``unpriced_calls`` counts the others.
    """

    day: date | None
    provider_id: UUID | None
    provider_name: str | None
    model: UUID | None
    model_id: str | None
    token_id: UUID | None
    token_name: str | None
    calls: int
    errors: int
    uncounted_calls: int
    unpriced_calls: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal


class UsagePeriod(NamedTuple):
    """Days in UTC, from the first up to the one before ``until``. None: no bound."""

    since: date | None
    until: date | None


_KEYS: Final[Mapping[UsageGroup, str]] = {
    UsageGroup.DAY: "day",
    UsageGroup.PROVIDER: "provider_id",
    UsageGroup.MODEL: "model",
    UsageGroup.TOKEN: "token_id",
}
"""In the order of the list, too."""

_NAMES: Final[Mapping[str, UsageGroup]] = {
    "provider_name": UsageGroup.PROVIDER,
    "model_id": UsageGroup.MODEL,
    "token_name": UsageGroup.TOKEN,
}
_TYPES: Final[Mapping[str, str]] = {"day": "date", "provider_id": "uuid", "model": "uuid", "token_id": "uuid"}
_COUNTS: Final = UsageSum._fields[UsageSum._fields.index("calls") :]

_PAGE: Final = SQL("""
    SELECT {columns} FROM usage_by_day
    WHERE organization = %(organization)s
        AND (%(since)s::date IS NULL OR day >= %(since)s)
        AND (%(until)s::date IS NULL OR day < %(until)s)
        AND {after}
    GROUP BY {keys} {in_order} LIMIT %(limit)s
""")


def key_of(row: UsageSum, groups: Sequence[UsageGroup]) -> tuple[date | UUID | None, ...]:
    """What a list that is told apart by these goes on after."""
    return tuple(getattr(row, key) for key in _keys(groups))


async def page_of_usage(
    reader: Reader,
    organization: UUID,
    period: UsagePeriod,
    groups: Sequence[UsageGroup],
    *,
    after: Sequence[date | UUID | None] | None,
    limit: int,
) -> list[UsageSum]:
    """The organization's usage in a period, by its days, providers, models and tokens as far as asked for.

    Args:
        reader: the connections.
        organization: whose calls.
        period: of which days.
        groups: what it is told apart by; none: one sum of all.
        after: the key of the last one before.
        limit: how many there are at most.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    keys = _keys(groups)
    parameters: dict[str, Any] = {"organization": organization, "limit": limit, **period._asdict()}
    if after is not None:
        parameters |= {f"after_{key}": value for key, value in zip(keys, after, strict=True)}
    named = SQL(", ").join(map(Identifier, keys))
    query = _PAGE.format(
        columns=SQL(", ").join(_column(name, keys) for name in UsageSum._fields),
        after=SQL("TRUE") if after is None or not keys else _after(keys),
        keys=named if keys else SQL("()"),  # which makes one sum, also of nothing
        in_order=SQL("ORDER BY {}").format(named) if keys else SQL(""),
    )
    return [UsageSum._make(row) for row in await reader.rows(query, parameters)]


def _keys(groups: Sequence[UsageGroup]) -> list[str]:
    return [key for group, key in _KEYS.items() if group in groups]


def _column(name: str, keys: Sequence[str]) -> Composed:
    if name in _COUNTS:
        return SQL("coalesce(sum({}), 0)").format(Identifier(name))
    if name in keys:
        return SQL("{}").format(Identifier(name))
    if name in _NAMES and _KEYS[_NAMES[name]] in keys:
        return SQL("(array_agg({} ORDER BY last_call_at DESC))[1]").format(Identifier(name))
    return SQL("NULL").format()


def _after(keys: Sequence[str]) -> Composed:
    values = (SQL("%({})s::{}").format(SQL(f"after_{key}"), SQL(_TYPES[key])) for key in keys)
    return SQL("({}) > ({})").format(SQL(", ").join(map(Identifier, keys)), SQL(", ").join(values))
