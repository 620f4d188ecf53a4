"""Where sealed keys lie: a table of their own, outside the log, so that they can be destroyed."""

from collections.abc import Callable
from uuid import UUID

from adapters.postgres.reader import Reader
from adapters.postgres.store import Store
from adapters.vault.sealed_key import SealedKey

_FIND = """SELECT key_id, organization, provider_id, master_key_id, format, wrapped_key, sealed
    FROM sealed_keys WHERE key_id = %s AND organization = %s AND provider_id = %s"""
_INSERT = """INSERT INTO sealed_keys
    (key_id, organization, provider_id, master_key_id, format, wrapped_key, sealed)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_COUNT = "SELECT master_key_id, count(*) FROM sealed_keys GROUP BY master_key_id ORDER BY master_key_id"
_OTHERS = """SELECT key_id, organization, provider_id, master_key_id, format, wrapped_key, sealed
    FROM sealed_keys WHERE master_key_id <> %s AND key_id > %s ORDER BY key_id LIMIT %s"""
_REPLACE = """UPDATE sealed_keys SET master_key_id = %s, format = %s, wrapped_key = %s, sealed = %s
    WHERE key_id = %s AND wrapped_key = %s"""
_NOBODY = UUID(int=0)


def find_sealed_key(store: Store, organization: UUID, provider_id: UUID, key_id: UUID) -> SealedKey | None:
    """The sealed key of this very identity; None if it was destroyed."""
    parameters = [key_id, organization, provider_id]
    rows = store.log.run(lambda connection: connection.execute(_FIND, parameters).fetchall())
    return _sealed_key(rows[0]) if rows else None


async def read_sealed_key(
    reader: Reader, organization: UUID, provider_id: UUID, key_id: UUID
) -> SealedKey | None:
    """The same for the event loop. Raises StoreUnavailable: PostgreSQL does not answer."""
    rows = await reader.rows(_FIND.encode(), [key_id, organization, provider_id])
    return _sealed_key(rows[0]) if rows else None


def sealed_key_of_nobody(store: Store, key_id: UUID, make: Callable[[], SealedKey]) -> SealedKey:
    """The database's own sealed key of this id, made at the first asking, by one of several processes."""
    found = find_sealed_key(store, _NOBODY, _NOBODY, key_id)
    if found is not None:
        return found
    made = make()
    values = [made.key_id, made.organization, made.provider_id, made.master_key_id, made.format]
    store.log.run(lambda connection: connection.execute(_INSERT, [*values, made.wrapped_key, made.sealed]))
    found = find_sealed_key(store, _NOBODY, _NOBODY, key_id)
    if found is None:
        raise LookupError("a sealed key of the database's own vanished while it was made")
    return found


def sealed_keys_by_master_key(store: Store) -> dict[str, int]:
    """How many sealed keys lie under each master key."""
    rows = store.log.run(lambda connection: connection.execute(_COUNT).fetchall())
    return dict(rows)


def sealed_keys_not_under(store: Store, master_key_id: str, *, after: UUID, limit: int) -> list[SealedKey]:
    """Sealed keys under other master keys, in the order of their ids, beyond ``after``."""
    parameters = [master_key_id, after, limit]
    rows = store.log.run(lambda connection: connection.execute(_OTHERS, parameters).fetchall())
    return [_sealed_key(row) for row in rows]


def replace_sealed_key(store: Store, old: SealedKey, new: SealedKey) -> bool:
    """Put the new form of a sealed key in the place of the old; False if the old one is no longer there."""
    values = [new.master_key_id, new.format, new.wrapped_key, new.sealed, old.key_id, old.wrapped_key]
    return store.log.run(lambda connection: connection.execute(_REPLACE, values).rowcount == 1)


def _sealed_key(row: tuple[UUID, UUID, UUID, str, int, bytes, bytes]) -> SealedKey:
    key_id, organization, provider_id, master_key_id, number, wrapped_key, sealed = row
    return SealedKey(
        key_id=key_id,
        organization=organization,
        provider_id=provider_id,
        master_key_id=master_key_id,
        format=number,
        wrapped_key=wrapped_key,
        sealed=sealed,
    )
