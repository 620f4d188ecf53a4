"""What is due for webhooks now and then, whoever sends."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from adapters.postgres.reader import Reader
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.webhook_deliveries import forget_deleted

EVERY: Final = 60.0
"""Seconds between two rounds; nothing that is seen depends on them."""

log = logging.getLogger("keyroll")


@dataclass(frozen=True, slots=True)
class WebhookUpkeep:
    """Lets go of how far webhooks have come that are deleted. Any number of processes may do it at once."""

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
                await forget_deleted(self.reader)
            except StoreUnavailable:
                log.warning("the upkeep of webhooks waits: PostgreSQL does not answer")
            except Exception:
                log.exception("the upkeep of webhooks has failed, and is tried again")
            await asyncio.sleep(self.every)
