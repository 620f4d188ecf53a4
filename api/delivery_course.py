"""The course of one webhook: its events one after the other, each until it is taken."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.postgres.queries.webhooks import Delivered, WebhookFound, find_webhook
from adapters.postgres.reader import Reader
from adapters.postgres.tail import Tail
from adapters.postgres.tail_window import Told
from adapters.postgres.webhook_deliveries import note_delivered
from api.commands.caller import KEYROLL, Caller
from api.commands.webhooks import park_webhook
from api.delivery import Messenger, Outcome, message_id
from api.queries.webhooks import event_types_of
from domain.access import Role
from domain.errors import NotFound
from domain.redelivery import wait_after
from domain.webhook import ParkReason
from projections.webhooks import WebhookRow

STRIDE: Final = 1_000
"""Positions without anything to send, after which it is noted how far a webhook has come."""

PATIENCE: Final = 15.0
"""Seconds that a course waits for events, or for its next attempt, at a time."""

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Course:
    """Serves one webhook in the version in which it was found.

    Who has begun a course ends it when the webhook has another version, is not active any more, or is served
    by another process. It ends by itself if it meets that while it sends. While there is nothing to send it
    asks the database for nothing.

    Attributes:
        reader: the connections.
        tail: where events come from.
        messenger: brings them out.
        retries: the waits between attempts.
        chance: a number from 0 to 1, for the jitter of waits.
    """

    reader: Reader
    tail: Tail
    messenger: Messenger
    retries: Sequence[timedelta]
    chance: Callable[[], float] = random.random

    async def run(self, found: WebhookFound) -> None:
        """Serve it until its end.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        row, delivered = found
        wanted = event_types_of(row)
        position = delivered.position
        while True:
            wait = _rest(delivered)
            if wait > 0:
                await asyncio.sleep(min(wait, PATIENCE))
                continue
            page = await self.tail.after(position, row.organization, limit=_AT_ONCE, patience=PATIENCE)
            # Asked after the events came: a webhook is not told of its own pause, or of what came after it.
            if page.events and not await self._is_current(row):
                return
            for event in page.events:
                if not wanted or event.topic.rpartition(".")[0] in wanted:
                    noted = await self._send(row, delivered, event)
                    if noted is None:
                        return
                    delivered = noted
                    if delivered.attempts:
                        break
                position = event.position
            else:
                position = page.position
                delivered = await self._passed(row, delivered, position)

    async def _is_current(self, row: WebhookRow) -> bool:
        found = await find_webhook(self.reader, row.organization, row.id)
        return found is not None and found.row.version == row.version

    async def _send(self, row: WebhookRow, delivered: Delivered, event: Told) -> Delivered | None:
        """Send an event, and note what came of it. None: the course is over."""
        outcome = await self.messenger.deliver(row, message_id(row.id, event.position), event.body)
        now = datetime.now(UTC)
        if outcome.error is None:
            return await self._note(row, delivered, Delivered(event.position, last_delivered_at=now))
        attempts = delivered.attempts + 1
        wait = None
        if not outcome.gone:
            wait = wait_after(self.retries, attempts, asked=outcome.retry_after, chance=self.chance())
        failed = delivered._replace(
            attempts=attempts,
            next_attempt_at=None if wait is None else now + wait,
            failing_since=delivered.failing_since or now,
            last_error=outcome.error,
        )
        noted = await self._note(row, delivered, failed)
        if noted is None or wait is not None:
            return noted
        await self._park(row, outcome)
        return None

    async def _passed(self, row: WebhookRow, delivered: Delivered, position: int) -> Delivered:
        """Note now and then how far it has come with nothing to send: no start reads that again."""
        if position - delivered.position < STRIDE:
            return delivered
        return await self._note(row, delivered, delivered._replace(position=position)) or delivered

    async def _note(self, row: WebhookRow, was: Delivered, now: Delivered) -> Delivered | None:
        version = await note_delivered(self.reader, row.id, row.version, was.position, now)
        return now if version == row.version else None

    async def _park(self, row: WebhookRow, outcome: Outcome) -> None:
        core = self.messenger.core
        caller = Caller(row.organization, KEYROLL, Role.ADMIN, f"webhook-{row.id}")
        reason = ParkReason.GONE if outcome.gone else ParkReason.EXHAUSTED
        with suppress(NotFound):  # who deletes it in this moment has the last word
            await asyncio.to_thread(park_webhook, core, caller, row.id, reason, outcome.error or "")


def _rest(delivered: Delivered) -> float:
    """Seconds until the next attempt; 0 or less: now."""
    if delivered.next_attempt_at is None:
        return 0.0
    return (delivered.next_attempt_at - datetime.now(UTC)).total_seconds()
