"""What is due for webhooks now and then, whoever sends."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from adapters.postgres.queries.webhooks import webhooks_with_an_outworn_key
from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.webhook_deliveries import forget_deleted
from api.commands.caller import KEYROLL, Caller
from api.commands.core import Core
from api.commands.webhooks import retire_webhook_secret
from domain.access import Role
from domain.errors import NotFound

EVERY: Final = 60.0
"""Seconds between two rounds; nothing that is seen depends on them."""

log = logging.getLogger("keyroll")


@dataclass(frozen=True, slots=True)
class WebhookUpkeep:
    """Destroys former signing keys in time, and lets go of how far webhooks have come that are deleted.

    Any number of processes may do it at once.
    """

    core: Core
    reader: Reader
    every: float = EVERY

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Do it for the time of a block."""
        task = asyncio.create_task(self._for_ever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _for_ever(self) -> None:
        while True:
            try:
                await self._round()
            except StoreUnavailable:
                log.warning("the upkeep of webhooks waits: PostgreSQL does not answer")
            except Exception:
                log.exception("the upkeep of webhooks has failed, and is tried again")
            await asyncio.sleep(self.every)

    async def _round(self) -> None:
        await forget_deleted(self.reader)
        for organization, webhook_id in await webhooks_with_an_outworn_key(self.reader):
            caller = Caller(organization, KEYROLL, Role.ADMIN, f"webhook-{webhook_id}")
            with suppress(NotFound):  # who deletes it in this moment destroys the key as well
                await asyncio.to_thread(retire_webhook_secret, self.core, caller, webhook_id)
