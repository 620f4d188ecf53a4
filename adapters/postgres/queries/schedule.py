"""What became of providers' runs, as far as the next one depends on it, and which providers may be due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.sql import SQL

from adapters.postgres.reader import Reader
from domain.schedule import FIRST_BACKOFF, SPREAD, Failures, Past, Success


class Ends(NamedTuple):
    """How a provider's runs ended.

    Attributes:
        since: the last event of the provider that makes another listing likely: any but a new name.
        status: how the last ended run ended; None: there is none.
        code: why it failed.
        message: the same for people.
        at: when it ended.
        success_id: the last completed run, however long ago.
        success_began_at: when that began.
        succeeded_at: when that ended.
        failures: the schedule's runs that began after ``since`` and after that one, and failed; counted up
            to 50. If there is none, the first one that people began counts as one, and their others do not:
            however often they try, the schedule goes on as it would.
        failed_at: when the last one that counts ended.
        abandoned: whether that died.
    """

    since: datetime
    status: str | None = None
    code: str | None = None
    message: str | None = None
    at: datetime | None = None
    success_id: UUID | None = None
    success_began_at: datetime | None = None
    succeeded_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    abandoned: bool = False

    @property
    def past(self) -> Past:
        """What the schedule makes of it."""
        success = failures = None
        if self.success_id and self.success_began_at and self.succeeded_at:
            began_since = self.success_began_at >= self.since
            success = Success(self.success_id, self.succeeded_at) if began_since else None
        if self.failures and self.failed_at:
            failures = Failures(self.failures, self.failed_at, self.abandoned)
        return Past(self.since, success, failures)


class Candidate(NamedTuple):
    """A provider that may be due now or in a moment; ``running``: a run of it has begun and not ended."""

    provider_id: UUID
    organization: UUID
    past: Past
    running: bool


ENDS: Final = SQL("""
    begun.since, ended.status, ended.code, ended.message, ended.finished_at,
    success.id, success.started_at, success.finished_at,
    failures.count, failures.at, coalesce(failures.code = 'abandoned', false)
""")
ENDS_OF_P: Final = SQL("""
    CROSS JOIN LATERAL (
        SELECT max(occurred_at) AS since FROM stored_events
        WHERE originator_id = p.id AND topic <> ALL ('{provider.renamed.v1,provider.disabled.v1}')
    ) begun
    LEFT JOIN LATERAL (
        SELECT status, code, message, finished_at FROM syncs
        WHERE provider_id = p.id AND status <> 'running' ORDER BY id DESC LIMIT 1
    ) ended ON true
    LEFT JOIN LATERAL (
        SELECT id, started_at, finished_at FROM syncs
        WHERE provider_id = p.id AND status = 'success' ORDER BY finished_at DESC LIMIT 1
    ) success ON true
    CROSS JOIN LATERAL (
        SELECT count(*), max(finished_at) AS at, (array_agg(code ORDER BY id DESC))[1] AS code FROM (
            SELECT id, code, finished_at FROM syncs
            WHERE provider_id = p.id AND status = 'failed' AND trigger = 'schedule'
                AND started_at >= begun.since AND (success.id IS NULL OR id > success.id)
            ORDER BY id DESC LIMIT 50
        ) counted
    ) scheduled
    LEFT JOIN LATERAL (
        SELECT code, finished_at AS at FROM syncs
        WHERE scheduled.count = 0 AND provider_id = p.id AND status = 'failed'
            AND started_at >= begun.since AND (success.id IS NULL OR id > success.id)
        ORDER BY id LIMIT 1
    ) asked_for ON true
    CROSS JOIN LATERAL (
        SELECT greatest(scheduled.count, (asked_for.at IS NOT NULL)::integer) AS count,
            coalesce(scheduled.at, asked_for.at) AS at, coalesce(scheduled.code, asked_for.code) AS code
    ) failures
""")
"""Joins the columns ``ENDS`` to each row of a table ``p`` of providers."""

# Most are not due, so two conditions leave out what cannot be: the first by the last run alone, before any
# history is read, the second by its failures. What is due is for domain/schedule.py to say.
_CANDIDATES: Final = SQL("""
    WITH candidates AS MATERIALIZED (
        SELECT p.id, p.organization, last.status IS NOT DISTINCT FROM 'running' AS running
        FROM llm_providers p
        LEFT JOIN LATERAL (
            SELECT * FROM syncs WHERE provider_id = p.id ORDER BY id DESC LIMIT 1
        ) last ON true
        WHERE p.status = 'active' AND p.base_url IS NULL
            AND (p.key_id IS NOT NULL OR p.provider_type = ANY (%(types)s))
            AND (
                last.id IS NULL OR last.status = 'running' OR last.started_at < p.updated_at
                OR last.status = 'success' AND last.finished_at <= %(succeeded_before)s
                OR last.status = 'failed' AND (
                    last.code = 'abandoned' OR last.trigger <> 'schedule'
                    OR last.finished_at <= %(failed_before)s
                )
            )
    )
    SELECT p.id, p.organization, p.running, {ends} FROM candidates p {joins}
    WHERE p.running OR failures.count = 0 OR failures.code = 'abandoned' OR failures.at <= %(before)s
        - least(%(first_backoff)s * 2 ^ least(failures.count - 1, 30), %(interval)s)
""").format(ends=ENDS, joins=ENDS_OF_P)


async def candidates(
    reader: Reader, *, before: datetime, interval: timedelta, types_with_key: Sequence[str]
) -> list[Candidate]:
    """All organizations' providers that may be due before an instant, and some that are not.

    Args:
        reader: the connections.
        before: the instant.
        interval: the schedule's.
        types_with_key: provider types that need no stored key.
    """
    parameters = {
        "types": list(types_with_key),
        "before": before,
        "interval": interval,
        "first_backoff": FIRST_BACKOFF,
        "succeeded_before": before - interval * (1 - SPREAD),
        "failed_before": before - min(FIRST_BACKOFF, interval),
    }
    rows = await reader.rows(_CANDIDATES, parameters)
    return [
        Candidate(provider_id, organization, Ends._make(ends).past, running)
        for provider_id, organization, running, *ends in rows
    ]
