"""Whether an organization has begun, now or ever."""

from typing import Final
from uuid import UUID

from adapters.postgres.store import Store
from domain.provider import ProviderCreated

_EVER: Final = "SELECT EXISTS (SELECT 1 FROM stored_events WHERE organization = %s AND topic = %s)"
_ANYTHING: Final = "SELECT EXISTS (SELECT FROM stored_events WHERE organization = %s)"


def ever_had_a_provider(store: Store, organization: UUID) -> bool:
    """Whether the log knows of a provider of the organization, be it deleted since."""
    ((known,),) = store.log.run(
        lambda connection: connection.execute(_EVER, [organization, ProviderCreated.topic]).fetchall()
    )
    return bool(known)


def was_ever_used(store: Store, organization: UUID) -> bool:
    """Whether the log knows of the organization, by whatever event."""
    ((known,),) = store.log.run(lambda connection: connection.execute(_ANYTHING, [organization]).fetchall())
    return bool(known)
