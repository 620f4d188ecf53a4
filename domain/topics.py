"""Every event there is, by its name on the wire, and how old names are read today."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, get_args

from domain.access import AccessEvent
from domain.audit import KeySearched
from domain.catalog import DefaultModelChanged
from domain.event import Event
from domain.model import ModelEvent
from domain.organization import OrganizationEvent
from domain.provider import ProviderEvent
from domain.sync import SyncEvent
from domain.webhook import WebhookEvent

AnyEvent: TypeAlias = (
    ProviderEvent
    | ModelEvent
    | DefaultModelChanged
    | SyncEvent
    | AccessEvent
    | WebhookEvent
    | KeySearched
    | OrganizationEvent
)

Upcast: TypeAlias = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Turns the stored state of an old topic into the next topic and its state."""

EVENTS: Final[Mapping[str, type[Event]]] = {event.topic: event for event in get_args(AnyEvent)}
"""The events written today."""

UPCASTS: Final[Mapping[str, Upcast]] = {}
"""The topics written once and read since: a stored event is never rewritten, it is upcast on read."""
