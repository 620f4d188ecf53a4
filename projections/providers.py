"""The providers as the API shows them: one row each, gone when deleted."""

from datetime import datetime
from typing import NamedTuple, assert_never, get_args
from uuid import UUID

from domain.event import Recorded
from domain.names import name_key
from domain.provider import (
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderEvent,
    ProviderRenamed,
    Status,
)
from projections.read_model import ReadModel


class ProviderRow(NamedTuple):
    """A provider; without a key, all ``key_`` columns are None. Names are unique by ``name_key``."""

    id: UUID
    organization: UUID
    version: int
    name: str
    name_key: str
    provider_type: str
    base_url: str | None
    status: str
    key_id: UUID | None
    key_fingerprint: str | None
    key_hint: str | None
    key_set_at: datetime | None
    key_set_by: str | None
    created_at: datetime
    updated_at: datetime


def fold(row: ProviderRow | None, recorded: Recorded[ProviderEvent]) -> ProviderRow | None:
    """The row after the event."""
    event = recorded.event
    if isinstance(event, ProviderCreated):
        return _first_row(recorded, event)
    if row is None:
        return None
    row = row._replace(version=recorded.originator_version, updated_at=recorded.occurred_at)
    match event:
        case ProviderRenamed():
            return row._replace(name=event.name, name_key=name_key(event.name))
        case ProviderEndpointChanged():
            return row._replace(provider_type=event.after.provider_type.value, base_url=event.after.base_url)
        case KeyRotated():
            return row._replace(
                key_id=event.after.key_id,
                key_fingerprint=event.after.fingerprint,
                key_hint=event.after.hint,
                key_set_at=recorded.occurred_at,
                key_set_by=recorded.meta.actor,
            )
        case KeyRemoved():
            return row._replace(
                key_id=None, key_fingerprint=None, key_hint=None, key_set_at=None, key_set_by=None
            )
        case ProviderEnabled():
            return row._replace(status=Status.ACTIVE.value)
        case ProviderDisabled():
            return row._replace(status=Status.DISABLED.value)
        case ProviderDeleted():
            return None
        case _:
            assert_never(event)


def _first_row(recorded: Recorded[ProviderEvent], event: ProviderCreated) -> ProviderRow:
    return ProviderRow(
        id=recorded.originator_id,
        organization=recorded.meta.organization,
        version=recorded.originator_version,
        name=event.name,
        name_key=name_key(event.name),
        provider_type=event.endpoint.provider_type.value,
        base_url=event.endpoint.base_url,
        status=Status.ACTIVE.value,
        key_id=None,
        key_fingerprint=None,
        key_hint=None,
        key_set_at=None,
        key_set_by=None,
        created_at=recorded.occurred_at,
        updated_at=recorded.occurred_at,
    )


PROVIDERS = ReadModel(table="llm_providers", row=ProviderRow, follows=get_args(ProviderEvent), fold=fold)
