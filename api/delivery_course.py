"""The course of one webhook: its events one after the other, each until it is taken."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from adapters.postgres.queries.webhooks import Delivered, WebhookFound, find_webhook
from adapters.postgres.reader import Reader
from adapters.postgres.tail import Tail
from adapters.postgres.tail_window import Page, Told
from adapters.postgres.webhook_deliveries import note_delivered
from api.commands.caller import KEYROLL, Caller
from api.commands.webhooks import park_webhook
from api.delivery import Messenger, Outcome, message_id
from api.queries.webhooks import event_types_of
from domain.access import Role
from domain.errors import NotFound
from domain.webhook import ParkReason
from projections.webhooks import WebhookRow

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Course:
    """Serves one webhook in the version in which it was found.

    A course ends when the webhook has another version, is not active any more, or is served by another
    process: whatever there is to do then, the next look finds it.

    Attributes:
        reader: the connections.
        tail: where events come from.
        messenger: brings them out.
        retries: the waits between attempts.
        patience: seconds after which a course that has nothing to do looks at its webhook.
    """

    reader: Reader
    tail: Tail
    messenger: Messenger
    retries: Sequence[timedelta]
    patience: float

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
                await asyncio.sleep(min(wait, self.patience))
                page = Page((), position)
            else:
                page = await self.tail.after(
                    position, row.organization, limit=_AT_ONCE, patience=self.patience
                )
            # Asked after the events came: a webhook is not told of its own pause, or of what came after it.
            if not await self._is_current(row):
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
        last = outcome.gone or attempts > len(self.retries)
        failed = delivered._replace(
            attempts=attempts,
            next_attempt_at=None if last else now + self.retries[attempts - 1],
            failing_since=delivered.failing_since or now,
            last_error=outcome.error,
        )
        noted = await self._note(row, delivered, failed)
        if noted is None or not last:
            return noted
        await self._park(row, outcome)
        return None

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
