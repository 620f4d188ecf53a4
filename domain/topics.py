"""Every event there is, by its name on the wire, and how old names are read today."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from domain.access import TokenIssued, TokenRevoked
from domain.catalog import DefaultModelChanged
from domain.event import Event
from domain.model import (
    ModelAdded,
    ModelDeleted,
    ModelDisabled,
    ModelDiscovered,
    ModelEdited,
    ModelEnabled,
    ModelMarkedStale,
    ModelReappeared,
    ModelRefreshed,
    ModelRestored,
)
from domain.provider import (
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderRenamed,
)
from domain.sync import SyncCompleted, SyncFailed, SyncStarted

Upcast: TypeAlias = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""Turns the stored state of an old topic into the next topic and its state."""

EVENTS: Final[Mapping[str, type[Event]]] = {
    event.topic: event
    for event in (
        DefaultModelChanged,
        KeyRemoved,
        KeyRotated,
        ModelAdded,
        ModelDeleted,
        ModelDisabled,
        ModelDiscovered,
        ModelEdited,
        ModelEnabled,
        ModelMarkedStale,
        ModelReappeared,
        ModelRefreshed,
        ModelRestored,
        ProviderCreated,
        ProviderDeleted,
        ProviderDisabled,
        ProviderEnabled,
        ProviderEndpointChanged,
        ProviderRenamed,
        SyncCompleted,
        SyncFailed,
        SyncStarted,
        TokenIssued,
        TokenRevoked,
    )
}
"""The events written today."""

UPCASTS: Final[Mapping[str, Upcast]] = {}
"""The topics written once and read since: a stored event is never rewritten, it is upcast on read."""
