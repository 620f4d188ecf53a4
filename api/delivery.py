"""One delivery: an event on its way to a webhook's address, signed."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from adapters.outbound.client import Outbound
from adapters.outbound.failure import OutboundError
from adapters.postgres.sealed_keys import find_sealed_key
from adapters.vault.errors import VaultError
from adapters.vault.signing_key import signature
from api.commands.core import Core
from api.http.answers import JSON
from api.ids import uuid7
from domain.secret import Secret
from projections.webhooks import WebhookRow

DEADLINE: Final = 20.0
"""Seconds that a receiver has to answer in."""

GONE: Final = 410


class Outcome(NamedTuple):
    """What a delivery came to. ``error`` None: the receiver has taken it. ``gone``: it wants no more.

    ``retry_after``: the seconds that it asked to wait; None: it did not.
    """

    error: str | None
    gone: bool = False
    retry_after: float | None = None


def message_id(webhook_id: UUID, position: int) -> str:
    """The id of a message: the same at each attempt, so that a receiver knows what it has had before."""
    return f"msg_{webhook_id.hex}_{position}"


def trial_message(webhook_id: UUID, actor: str, at: datetime) -> tuple[str, bytes]:
    """The id and body of a message that tells of nothing but itself."""
    body = {
        "type": "webhook.test",
        "occurred_at": at,
        "actor": actor,
        "subject_type": "webhook",
        "subject_id": webhook_id,
        "data": {},
    }
    return f"msg_{uuid7().hex}", msgspec.json.encode(body)


@dataclass(frozen=True, slots=True)
class Messenger:
    """Brings messages to receivers, with the headers of Standard Webhooks.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """

    core: Core
    outbound: Outbound

    async def deliver(self, row: WebhookRow, message: str, body: bytes) -> Outcome:
        """Send once. What goes wrong outside is an outcome, not an error."""
        try:
            keys = await asyncio.to_thread(self._signing_keys, row)
        except VaultError as error:
            return Outcome(f"The signing key cannot be opened: {error}.")
        if not keys:
            return Outcome("The signing key is gone: give the webhook a new one with rotate-secret.")
        seconds = int(time.time())
        headers = {
            "content-type": JSON,
            "user-agent": "Keyroll",
            "webhook-id": message,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signature(key, message, seconds, body) for key in keys),
        }
        try:
            receipt = await self.outbound.post_once(row.url, headers=headers, body=body, deadline=DEADLINE)
        except OutboundError as error:
            return Outcome(str(error))
        if receipt.taken:
            return Outcome(None)
        said = f"HTTP {receipt.status}: {receipt.words}".rstrip(": ")
        return Outcome(said, receipt.status == GONE, receipt.retry_after)

    def _signing_keys(self, row: WebhookRow) -> list[Secret]:
        """The key, and the former one while it signs too; the standard allows any number of signatures.

        None at all without the key: a receiver that trusts the former one alone is to change over.
        """
        ids = [row.signing_key_id]
        if row.former_key_id is not None and row.former_until is not None:
            ids += [row.former_key_id] if self.core.now() < row.former_until else []
        found = [find_sealed_key(self.core.store, row.organization, row.id, key_id) for key_id in ids]
        return [self.core.vault.open(sealed) for sealed in found if sealed is not None] if found[0] else []
