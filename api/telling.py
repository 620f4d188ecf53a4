"""Webhooks told in a serving process."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from adapters.outbound.client import Outbound
from adapters.postgres.own_connection import OwnConnection
from adapters.postgres.reader import Reader
from adapters.postgres.standing_lease import StandingLease
from adapters.postgres.tail import Tail
from api.commands.core import Core
from api.deliveries import LOOK, SENDING, Deliveries
from api.delivery import Messenger
from api.webhook_upkeep import EVERY, WebhookUpkeep
from domain.redelivery import RETRIES


@asynccontextmanager
async def telling_webhooks(
    core: Core, conninfo: str, reader: Reader, tail: Tail, outbound: Outbound
) -> AsyncIterator[Messenger]:
    """Webhooks are told of events for the time of a block, by this process or another."""
    messenger = Messenger(core, outbound)
    async with aclosing(OwnConnection(conninfo)) as connection:
        lease = StandingLease(connection, SENDING)
        deliveries = Deliveries(reader, tail, messenger, lease, RETRIES, LOOK)
        async with deliveries.at_work(), WebhookUpkeep(core, reader, EVERY).at_work():
            yield messenger
