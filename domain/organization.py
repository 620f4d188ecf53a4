"""An organization: what providers, models, keys and tokens belong to, and go with when it is deleted."""

from typing import ClassVar, TypeAlias, assert_never

from domain.errors import OrganizationGone
from domain.event import Event
from domain.value import Value


class Belongings(Value):
    """How many there were of what an organization has. ``keys`` are those in the vault, webhooks' too."""

    providers: int = 0
    models: int = 0
    tokens: int = 0
    webhooks: int = 0
    keys: int = 0

    def __str__(self) -> str:
        """As in "3 providers, 1 key"."""
        return ", ".join(f"{count} {what if count != 1 else what.removesuffix('s')}" for what, count in self)


class OrganizationCreated(Event):
    """It has a name from now on. One of an earlier Keyroll gets it when it is named for the first time."""

    topic: ClassVar[str] = "organization.created.v1"
    name: str


class OrganizationDeleted(Event):
    """All that it had went with it, by events of their own; this history is what is left."""

    topic: ClassVar[str] = "organization.deleted.v1"
    name: str
    belongings: Belongings


OrganizationEvent: TypeAlias = OrganizationCreated | OrganizationDeleted


class Organization(Value):
    """What decisions need to know of an organization."""

    name: str
    deleted: bool = False


def evolve(state: Organization | None, event: OrganizationEvent) -> Organization:
    """The state after the event. Total, and without checks: history is always readable."""
    match event:
        case OrganizationCreated():
            return Organization(name=event.name)
        case _ if state is None:
            raise LookupError(f"an organization's history begins with {event.topic}")
        case OrganizationDeleted():
            return state.model_copy(update={"deleted": True})
        case _:
            assert_never(event)


def create(state: Organization | None, name: str) -> tuple[OrganizationEvent, ...]:
    """A new organization; one that is there yields nothing.

    Raises:
        OrganizationGone: it was deleted. Its history goes on under this name, so nobody else gets it.
    """
    if state is None:
        return (OrganizationCreated(name=name),)
    if state.deleted:
        raise OrganizationGone
    return ()


def delete(state: Organization | None, name: str, belongings: Belongings) -> tuple[OrganizationEvent, ...]:
    """End it; one that nobody has named yet is named with it.

    Raises:
        OrganizationGone: it was deleted before.
    """
    return (*create(state, name), OrganizationDeleted(name=name, belongings=belongings))
