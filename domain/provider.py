"""A provider: an LLM vendor's API that the organization uses, and the key it uses there."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias, assert_never
from uuid import UUID

from domain.change import KEEP, Change, kept
from domain.event import Event
from domain.provider_type import ProviderType
from domain.value import Value


class Status(StrEnum):
    """Whether a provider or a model can be selected. What already runs on a disabled one goes on."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Endpoint(Value):
    """Where a provider is reached and how it speaks. ``base_url`` None: the vendor's own."""

    provider_type: ProviderType
    base_url: str | None


class KeyMark(Value):
    """What the log may know of a key: its id, a keyed fingerprint, and its last four characters."""

    key_id: UUID
    fingerprint: str
    hint: str


class _ProviderEvent(Event):
    """``name`` is the provider's name when it happened, so that history reads well after a deletion."""

    name: str


class ProviderCreated(_ProviderEvent):
    """A provider was added."""

    topic: ClassVar[str] = "provider.created.v1"
    endpoint: Endpoint


class ProviderRenamed(_ProviderEvent):
    """``name`` is the new name."""

    topic: ClassVar[str] = "provider.renamed.v1"
    before: str


class ProviderEndpointChanged(_ProviderEvent):
    """The provider is reached elsewhere, or speaks another protocol."""

    topic: ClassVar[str] = "provider.endpoint_changed.v1"
    before: Endpoint
    after: Endpoint


class KeyRotated(_ProviderEvent):
    """A key was stored, the first or a new one; the one before it is destroyed."""

    topic: ClassVar[str] = "provider.key_rotated.v1"
    before: KeyMark | None
    after: KeyMark


class KeyRemoved(_ProviderEvent):
    """The key was destroyed: because a person asked, or because it belonged to another endpoint."""

    topic: ClassVar[str] = "provider.key_removed.v1"
    before: KeyMark
    reason: Literal["asked", "endpoint_changed", "provider_deleted"]


class ProviderEnabled(_ProviderEvent):
    """Its models can be selected again."""

    topic: ClassVar[str] = "provider.enabled.v1"


class ProviderDisabled(_ProviderEvent):
    """Its models cannot be selected any more."""

    topic: ClassVar[str] = "provider.disabled.v1"


class ProviderDeleted(_ProviderEvent):
    """The provider is gone; its models and its key go in the same transaction."""

    topic: ClassVar[str] = "provider.deleted.v1"


ProviderEvent: TypeAlias = (
    ProviderCreated
    | ProviderRenamed
    | ProviderEndpointChanged
    | KeyRotated
    | KeyRemoved
    | ProviderEnabled
    | ProviderDisabled
    | ProviderDeleted
)


class Provider(Value):
    """What decisions need to know of a provider."""

    name: str
    endpoint: Endpoint
    key: KeyMark | None = None
    status: Status = Status.ACTIVE
    deleted: bool = False

    @property
    def discovers(self) -> bool:
        """Whether its models can be listed: only the vendor's own address is asked."""
        return self.endpoint.base_url is None


def evolve(state: Provider | None, event: ProviderEvent) -> Provider:
    """The state after the event. Total, and without checks: history is always readable."""
    if isinstance(event, ProviderCreated):
        return Provider(name=event.name, endpoint=event.endpoint)
    if state is None:
        raise LookupError(f"a provider's history begins with {event.topic}")
    match event:
        case ProviderRenamed():
            change: dict[str, object] = {"name": event.name}
        case ProviderEndpointChanged():
            change = {"endpoint": event.after}
        case KeyRotated():
            change = {"key": event.after}
        case KeyRemoved():
            change = {"key": None}
        case ProviderEnabled():
            change = {"status": Status.ACTIVE}
        case ProviderDisabled():
            change = {"status": Status.DISABLED}
        case ProviderDeleted():
            change = {"deleted": True}
        case _:
            assert_never(event)
    return state.model_copy(update=change)


@dataclass(frozen=True, slots=True)
class CreateProvider:
    """Add a provider, with or without a key."""

    name: str
    endpoint: Endpoint
    key: KeyMark | None


@dataclass(frozen=True, slots=True)
class ChangeProvider:
    """Change some of a provider's fields.

    ``key`` None removes the key, ``base_url`` None returns to the vendor's own address. ``key_lost``: the
    stored key cannot be opened, or lies under a master key that is to go, so that the same one entered again
    is a new one.
    """

    name: Change[str] = KEEP
    provider_type: Change[ProviderType] = KEEP
    base_url: Change[str | None] = KEEP
    key: Change[KeyMark | None] = KEEP
    status: Change[Status] = KEEP
    key_lost: bool = False


def create(command: CreateProvider) -> tuple[ProviderEvent, ...]:
    """The first events of a provider."""
    created = ProviderCreated(name=command.name, endpoint=command.endpoint)
    if command.key is None:
        return (created,)
    return (created, KeyRotated(name=command.name, before=None, after=command.key))


def change(state: Provider, command: ChangeProvider) -> tuple[ProviderEvent, ...]:
    """One event for each thing that differs; none where nothing does."""
    return tuple(_changes(state, command))


def delete(state: Provider) -> tuple[ProviderEvent, ...]:
    """The key goes first, so that the log shows it destroyed."""
    if state.deleted:
        return ()
    gone = ProviderDeleted(name=state.name)
    if state.key is None:
        return (gone,)
    return (KeyRemoved(name=state.name, before=state.key, reason="provider_deleted"), gone)


def _changes(state: Provider, command: ChangeProvider) -> Iterator[ProviderEvent]:
    name = kept(command.name, state.name)
    if name != state.name:
        yield ProviderRenamed(name=name, before=state.name)
    endpoint = Endpoint(
        provider_type=kept(command.provider_type, state.endpoint.provider_type),
        base_url=kept(command.base_url, state.endpoint.base_url),
    )
    moved = endpoint != state.endpoint
    if moved:
        yield ProviderEndpointChanged(name=name, before=state.endpoint, after=endpoint)
    yield from _key_changes(state, command, name, moved=moved)
    status = kept(command.status, state.status)
    if status is not state.status:
        yield ProviderEnabled(name=name) if status is Status.ACTIVE else ProviderDisabled(name=name)


def _key_changes(
    state: Provider, command: ChangeProvider, name: str, *, moved: bool
) -> Iterator[ProviderEvent]:
    """A key belongs to the endpoint it was entered for, so it does not move along."""
    match command.key:
        case KeyMark():
            same = state.key is not None and command.key.fingerprint == state.key.fingerprint
            if moved or command.key_lost or not same:
                yield KeyRotated(name=name, before=state.key, after=command.key)
        case None if state.key is not None:
            yield KeyRemoved(name=name, before=state.key, reason="asked")
        case _ if moved and state.key is not None:
            yield KeyRemoved(name=name, before=state.key, reason="endpoint_changed")
