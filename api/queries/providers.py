"""Providers as the API shows them."""

from datetime import datetime
from uuid import UUID

import msgspec

from adapters.postgres.queries.providers import ProviderFound
from adapters.postgres.queries.schedule import Ends
from api.commands.keys import CredentialSource, credential_source
from api.queries.syncs import SyncRunView, sync_run_view
from api.timetable import Timetable
from domain.provider import Status
from domain.provider_type import ProviderType


class LastErrorView(msgspec.Struct, frozen=True):
    """Why the last run that ended has failed, and when it ended."""

    code: str
    message: str
    at: datetime


class ProviderView(msgspec.Struct, frozen=True):
    """A provider. The key itself is in no answer: ``key_hint`` is its last four characters.

    ``next_sync_at`` is when the next sync in the background is due, which may have been long ago; null: it is
    not synced in the background, because it is disabled, has no key or a ``base_url`` of its own, or because
    that is switched off. ``last_error`` is null as soon as a run has succeeded.
    """

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
    last_error: LastErrorView | None
    next_sync_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


def provider_view(found: ProviderFound, timetable: Timetable) -> ProviderView:
    """The answer for one provider."""
    row = found.row
    return ProviderView(
        id=row.id,
        name=row.name,
        provider_type=ProviderType(row.provider_type),
        base_url=row.base_url,
        status=Status(row.status),
        api_key_set=row.key_id is not None,
        credential_source=credential_source(row, timetable.environment_keys),
        key_hint=row.key_hint or None,
        key_fingerprint=row.key_fingerprint,
        key_set_at=row.key_set_at,
        key_set_by=row.key_set_by,
        last_synced_at=found.ends.succeeded_at,
        last_sync=None if found.last_sync is None else sync_run_view(found.last_sync),
        last_error=_last_error(found.ends),
        next_sync_at=timetable.next_sync_at(row, found.ends.past),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


def _last_error(ends: Ends) -> LastErrorView | None:
    if ends.code is None or ends.message is None or ends.at is None:
        return None
    return LastErrorView(ends.code, ends.message, ends.at)
