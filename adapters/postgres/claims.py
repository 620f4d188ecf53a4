"""Requests that came with an Idempotency-Key: claimed, settled by their write, and answered again.

A claim goes through three states: claimed (work is under way), settled (its events are in the log, by the
same transaction), answered (the answer is kept). A claim whose process died before it settled is free again
after 60 seconds; all are forgotten after a day.
"""

from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.reader import Reader


class Unanswered(Enum):
    """Why a repeated request has no answer to give."""

    UNDER_WAY = "the first request is still at work"
    SETTLED = "the first request's change was made, but its answer was lost"
    OTHER_REQUEST = "the key came with another request before"


class Answer(NamedTuple):
    """What the first request was answered."""

    status: int
    headers: str
    body: bytes


_TAKE: Final = """
    WITH forgotten AS (
        DELETE FROM idempotent_requests
        WHERE claimed_at < now() - interval '24 hours' AND (organization, key) <> (%(organization)s, %(key)s)
    )
    INSERT INTO idempotent_requests (organization, key, claim, request_digest)
    VALUES (%(organization)s, %(key)s, %(claim)s, %(digest)s)
    ON CONFLICT (organization, key) DO UPDATE
    SET claim = excluded.claim, request_digest = excluded.request_digest, claimed_at = now(),
        position = NULL, status = NULL, headers = NULL, body = NULL
    WHERE idempotent_requests.claimed_at < now() - interval '24 hours'
        OR idempotent_requests.claimed_at < now() - interval '60 seconds'
            AND idempotent_requests.position IS NULL AND idempotent_requests.status IS NULL
    RETURNING claim
"""
_LOOK: Final = """
    SELECT claim, request_digest, position, status, headers, body FROM idempotent_requests
    WHERE organization = %s AND key = %s
"""
_ANSWER: Final = """
    UPDATE idempotent_requests SET status = %s, headers = %s, body = %s
    WHERE organization = %s AND claim = %s RETURNING claim
"""
_RELEASE: Final = """
    DELETE FROM idempotent_requests
    WHERE organization = %s AND claim = %s AND position IS NULL RETURNING claim
"""


async def take_claim(
    reader: Reader, organization: UUID, key: str, claim: UUID, digest: str
) -> Answer | Unanswered | None:
    """Claim the key for a request; None if it is ours now, else what its first request came to.

    A claim whose reply was lost meets itself: it is ours.
    """
    parameters = {"organization": organization, "key": key, "claim": claim, "digest": digest}
    if await reader.rows(_TAKE, parameters):
        return None
    rows = await reader.rows(_LOOK, [organization, key])
    if not rows:
        return Unanswered.UNDER_WAY
    holder, known_digest, position, status, headers, body = rows[0]
    if holder == claim:
        return None
    if known_digest != digest:
        return Unanswered.OTHER_REQUEST
    if status is not None:
        return Answer(status, headers, body)
    return Unanswered.UNDER_WAY if position is None else Unanswered.SETTLED


async def keep_answer(reader: Reader, organization: UUID, claim: UUID, answer: Answer) -> None:
    """Keep the answer for repetitions."""
    await reader.rows(_ANSWER, [*answer, organization, claim])


async def release_claim(reader: Reader, organization: UUID, claim: UUID) -> None:
    """Free the key of a request that changed nothing, so that it can be sent again."""
    await reader.rows(_RELEASE, [organization, claim])
