"""Which providers the schedule syncs, and when: the setting's interval, applied to their runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.commands.keys import EnvironmentKeys, credential_source
from domain.provider import Status
from domain.schedule import Past, can_be_synced, next_sync_at
from projections.providers import ProviderRow


def syncs_itself(row: ProviderRow, environment_keys: EnvironmentKeys) -> bool:
    """Whether the provider is one that is synced without being named."""
    return can_be_synced(
        active=row.status == Status.ACTIVE,
        discovers=row.base_url is None,
        has_key=credential_source(row, environment_keys) != "none",
    )


@dataclass(frozen=True, slots=True)
class Timetable:
    """The schedule's settings.

    Attributes:
        interval: between two syncs of a provider; zero: there is no schedule.
        environment_keys: keys for development, which make a provider without a stored one usable.
    """

    interval: timedelta
    environment_keys: EnvironmentKeys

    @property
    def is_on(self) -> bool:
        """Whether anything is synced without being asked."""
        return self.interval > timedelta()

    def next_sync_at(self, row: ProviderRow, past: Past) -> datetime | None:
        """When the provider is due; None if it is not on the schedule."""
        if not self.is_on or not syncs_itself(row, self.environment_keys):
            return None
        return next_sync_at(row.id, past, self.interval)
