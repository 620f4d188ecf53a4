"""Adds what calls came to onto the table of usage."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from adapters.postgres.reader import Reader


class UsageRow(NamedTuple):
    """The calls of one token to one model on one day in UTC, or some of them.

    Attributes:
        uncounted_calls: those that were answered, and of whose tokens the vendor said nothing.
        unpriced_calls: those whose cost is not known; they are not in ``cost_usd``.
    """

    organization: UUID
    day: date
    token_id: UUID
    model: UUID
    token_name: str
    provider_id: UUID
    provider_name: str
    model_id: str
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
    last_call_at: datetime


# Rows are taken in the order of their key, so that processes that add at the same time wait for each other in
# turn, and none for one that waits for it.
_ADD: Final = b"""
    WITH fresh AS (
        INSERT INTO usage_flushes AS f (process, batch, flushed_at) VALUES (%s, %s, now())
        ON CONFLICT (process) DO UPDATE SET batch = excluded.batch, flushed_at = excluded.flushed_at
        WHERE f.batch < excluded.batch
        RETURNING batch
    ), added AS (
        INSERT INTO usage_by_day AS u
        SELECT came.* FROM fresh, unnest(
            %s::uuid[], %s::date[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::numeric[], %s::timestamptz[]
        ) AS came (organization, day, token_id, model)
        ORDER BY came.organization, came.day, came.token_id, came.model
        ON CONFLICT (organization, day, token_id, model) DO UPDATE SET
            token_name = excluded.token_name, provider_name = excluded.provider_name,
            model_id = excluded.model_id, calls = u.calls + excluded.calls,
            errors = u.errors + excluded.errors,
            uncounted_calls = u.uncounted_calls + excluded.uncounted_calls,
            unpriced_calls = u.unpriced_calls + excluded.unpriced_calls,
            input_tokens = u.input_tokens + excluded.input_tokens,
            cached_input_tokens = u.cached_input_tokens + excluded.cached_input_tokens,
            cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens,
            output_tokens = u.output_tokens + excluded.output_tokens,
            reasoning_tokens = u.reasoning_tokens + excluded.reasoning_tokens,
            cost_usd = u.cost_usd + excluded.cost_usd,
            last_call_at = greatest(u.last_call_at, excluded.last_call_at)
    )
    SELECT FROM fresh
"""
_FORGET: Final = b"DELETE FROM usage_flushes WHERE flushed_at < now() - interval '7 days' RETURNING process"


async def add_usage(reader: Reader, process: UUID, batch: int, rows: Sequence[UsageRow]) -> None:
    """Add a batch, once however often it is sent: PostgreSQL may have added it and its answer be lost.

    Args:
        reader: the connections.
        process: an id of the process that counted.
        batch: its number there, which grows.
        rows: one for each token, model and day.

    Raises:
        StoreUnavailable: PostgreSQL does not answer, and may have added it.
    """
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    await reader.rows(_ADD, [process, batch, *columns])


async def forget_ended_processes(reader: Reader) -> None:
    """Let go of the batches of processes that have added nothing for a week. Raises StoreUnavailable."""
    await reader.rows(_FORGET)
