"""Providers as the API shows them."""

from datetime import datetime
from uuid import UUID

import msgspec

from adapters.postgres.queries.providers import ProviderFound
from api.commands.keys import CredentialSource, EnvironmentKeys, credential_source
from api.queries.syncs import SyncRunView, sync_run_view
from domain.provider import Status
from domain.provider_type import ProviderType


class ProviderView(msgspec.Struct, frozen=True):
    """A provider. The key itself is in no answer: ``key_hint`` is its last four characters."""

    id: UUID
    name: str
    provider_type: ProviderType
    base_url: str | None
    status: Status
    api_key_set: bool
    credential_source: CredentialSource
    key_hint: str | None
    key_fingerprint: str | None
    key_set_at: datetime | None
    key_set_by: str | None
    last_synced_at: datetime | None
    last_sync: SyncRunView | None
    created_at: datetime
    updated_at: datetime
    version: int


def provider_view(found: ProviderFound, environment_keys: EnvironmentKeys) -> ProviderView:
    """The answer for one provider."""
    row = found.row
    return ProviderView(
        id=row.id,
        name=row.name,
        provider_type=ProviderType(row.provider_type),
        base_url=row.base_url,
        status=Status(row.status),
        api_key_set=row.key_id is not None,
        credential_source=credential_source(row, environment_keys),
        key_hint=row.key_hint or None,
        key_fingerprint=row.key_fingerprint,
        key_set_at=row.key_set_at,
        key_set_by=row.key_set_by,
        last_synced_at=found.last_synced_at,
        last_sync=None if found.last_sync is None else sync_run_view(found.last_sync),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )
