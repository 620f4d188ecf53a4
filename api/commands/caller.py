"""Who asks, and on what conditions."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.access import Role
from domain.errors import VersionMismatch
from domain.event import Meta

COMMAND_LINE = "command line"
KEYROLL = "keyroll"
SCHEDULE = "schedule"
SYSTEM_ACTORS: Final = frozenset({COMMAND_LINE, KEYROLL, SCHEDULE})
"""Who acts where no token does. No token may bear these names."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a change.

    Attributes:
        organization: the organization that the token belongs to; nothing else of the database exists for it.
        actor: the token's name, for the audit trail.
        role: what the token may do.
        request_id: ties the events of one request together.
        address: the client's address, if there is one.
    """

    organization: UUID
    actor: str
    role: Role
    request_id: str
    address: str | None = None

    @property
    def meta(self) -> Meta:
        return Meta(
            organization=self.organization,
            actor=self.actor,
            request_id=self.request_id,
            address=self.address,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """On what conditions a change is made.

    Attributes:
        version: the version that the object must have; None if any will do.
        claim: the claim of the idempotent request that asks for it.
    """

    version: int | None = None
    claim: UUID | None = None

    def check(self, version: int) -> None:
        """Raise VersionMismatch unless the object is at the version that was asked for."""
        if self.version is not None and self.version != version:
            raise VersionMismatch(version)


ANY_TERMS = Terms()
