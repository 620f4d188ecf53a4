"""Requests that came with an Idempotency-Key: claimed, settled by their write, and answered again.

A claim goes through three states: claimed (work is under way), settled (its events are in the log, by the
same transaction), answered (the answer is kept). A claim whose process died before it settled is free again
after the patience that its request has; all are forgotten after a day.
"""

from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.reader import Reader

PATIENCE: Final = 60.0
"""Seconds that a request has in general."""


class Unanswered(Enum):
    """Why a repeated request has no answer to give."""

    UNDER_WAY = "the first request is still at work"
    OTHER_REQUEST = "the key came with another request before"


class Settled(NamedTuple):
    """The first request's change was made, but its answer was lost: the change's last position."""

    position: int


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
    INSERT INTO idempotent_requests (organization, key, claim, request_digest, patience)
    VALUES (%(organization)s, %(key)s, %(claim)s, %(digest)s, make_interval(secs => %(patience)s))
    ON CONFLICT (organization, key) DO UPDATE
    SET claim = excluded.claim, request_digest = excluded.request_digest, claimed_at = now(),
        patience = excluded.patience, position = NULL, status = NULL, headers = NULL, body = NULL
    WHERE idempotent_requests.claimed_at < now() - interval '24 hours'
        OR idempotent_requests.claimed_at < now() - idempotent_requests.patience
            AND idempotent_requests.position IS NULL AND idempotent_requests.status IS NULL
        OR idempotent_requests.claim = excluded.claim
    RETURNING claim
"""
_LOOK: Final = """
    SELECT request_digest, claimed_at > now() - patience, position, status, headers, body
    FROM idempotent_requests
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
    reader: Reader, organization: UUID, key: str, claim: UUID, digest: str, *, patience: float = PATIENCE
) -> Answer | Settled | Unanswered | None:
    """Claim the key for a request; None if it is ours now, else what its first request came to.

    A claim whose reply was lost meets itself: it is ours.

    Args:
        reader: the connections.
        organization: whose key it is.
        key: the key.
        claim: the claim's own id.
        digest: tells the request from another one.
        patience: seconds after which a request that has not ended must have died.
    """
    parameters = {
        "organization": organization,
        "key": key,
        "claim": claim,
        "digest": digest,
        "patience": patience,
    }
    if await reader.rows(_TAKE, parameters):
        return None
    rows = await reader.rows(_LOOK, [organization, key])
    if not rows:
        return Unanswered.UNDER_WAY
    known_digest, alive, position, status, headers, body = rows[0]
    if known_digest != digest:
        return Unanswered.OTHER_REQUEST
    if status is not None:
        return Answer(status, headers, body)
    return Unanswered.UNDER_WAY if alive or position is None else Settled(position)


async def keep_answer(reader: Reader, organization: UUID, claim: UUID, answer: Answer) -> None:
    """Keep the answer for repetitions."""
    await reader.rows(_ANSWER, [*answer, organization, claim])


async def release_claim(reader: Reader, organization: UUID, claim: UUID) -> None:
    """Free the key of a request that changed nothing, so that it can be sent again."""
    await reader.rows(_RELEASE, [organization, claim])
