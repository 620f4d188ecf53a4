"""The two ways to write: one statement for a few events, COPY for many."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from adapters.postgres.chain import Head, chained
from adapters.postgres.write import Guard, LogEntry, RowChange, Write
from adapters.vault.sealed_key import SealedKey

BULK: Final = 200
"""From this many events on, COPY costs less than arrays."""

# One parameter for however many writes: a parameter costs the client more than a field, and psycopg works a
# statement of many parameters out anew each time.
_APPEND: Final = b"""
    SELECT keyroll_append(
        organization, occurred_at, actor, request_id, address, events,
        guards, rows, gone, sealed, destroyed, claim
    )
    FROM json_to_recordset(%s) AS writes (
        organization uuid, occurred_at timestamptz, actor text, request_id text, address text, events json,
        guards jsonb, rows jsonb, gone jsonb, sealed jsonb, destroyed uuid[], claim uuid
    )
"""

_EVENT_COLUMNS: Final = {
    "notification_id": "int8",
    "originator_id": "uuid",
    "originator_version": "int8",
    "topic": "text",
    "state": "bytea",
    "organization": "uuid",
    "occurred_at": "timestamptz",
    "actor": "text",
    "request_id": "text",
    "address": "text",
    "hash": "bytea",
}

Types = Mapping[str, Sequence[str]]
"""The column types of each read model's table."""


def append_few(connection: Connection[Any], entries: Sequence[LogEntry], write: Write) -> int:
    """Write all in one statement, so in one round trip and one transaction.

    Returns:
        The position of the last event; those before it are one apart.
    """
    ((position,),) = connection.execute(*append_statement([(entries, write)])).fetchall()
    return int(position)


def append_statement(writes: Sequence[tuple[Sequence[LogEntry], Write]]) -> tuple[bytes, list[str]]:
    """One statement, and so one transaction, for some writes in their order, and its parameters.

    Its rows are the positions of each write's last event.
    """
    return _APPEND, [_json([_fields(entries, write) for entries, write in writes])]


def _fields(entries: Sequence[LogEntry], write: Write) -> dict[str, object]:
    first = entries[0]
    meta = first.meta
    changed, gone = _by_table(write.rows)
    return {
        "organization": meta.organization,
        "occurred_at": first.occurred_at,
        "actor": meta.actor,
        "request_id": meta.request_id,
        "address": meta.address,
        "events": [_event(entry) for entry in entries],
        "guards": _guards(write.guards),
        "rows": changed,
        "gone": gone or None,
        "sealed": _sealed(write.sealed),
        "destroyed": write.destroyed,
        "claim": write.claim,
    }


def append_many(connection: Connection[Any], entries: Sequence[LogEntry], write: Write, types: Types) -> int:
    """Write all with binary COPY, in one transaction.

    Returns:
        The position of the last event; those before it are one apart.
    """
    organization = entries[0].meta.organization
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM keyroll_begin_append(%s, %s)", [organization, _json_or_null(_guards(write.guards))]
        )
        (before,) = map(Head._make, cursor.fetchall())
        head = _copy_events(cursor, before, entries)
        _write_many_rows(cursor, write.rows, types)
        sealed, destroyed = _json_or_null(_sealed(write.sealed)), list(write.destroyed)
        cursor.execute(
            "SELECT keyroll_end_append(%s, %s, %s, %s, %s, %s::uuid[], %s)",
            [organization, before.position, *head, sealed, destroyed, write.claim],
        )
        return head.position


def _copy_events(cursor: Cursor[Any], before: Head, entries: Sequence[LogEntry]) -> Head:
    head = before
    columns = SQL(", ").join(map(Identifier, _EVENT_COLUMNS))
    with cursor.copy(SQL("COPY stored_events ({}) FROM STDIN (FORMAT BINARY)").format(columns)) as copy:
        copy.set_types(list(_EVENT_COLUMNS.values()))
        for entry, head in zip(entries, chained(before, entries), strict=True):
            meta = entry.meta
            copy.write_row(
                (
                    head.position,
                    entry.originator_id,
                    entry.originator_version,
                    entry.topic,
                    entry.state,
                    meta.organization,
                    entry.occurred_at,
                    meta.actor,
                    meta.request_id,
                    meta.address,
                    head.hash,
                )
            )
    return head


def _write_many_rows(cursor: Cursor[Any], changes: Sequence[RowChange], types: Types) -> None:
    new: dict[str, list[NamedTuple]] = {}
    for change in changes:
        if change.new and change.row is not None:
            new.setdefault(change.read_model.table, []).append(change.row)
    for table, rows in new.items():
        _copy_rows(cursor, table, rows, types[table])
    changed, gone = _by_table([change for change in changes if not change.new])
    if changed or gone:
        cursor.execute("SELECT keyroll_write_rows(%s, %s)", [_json(changed), _json_or_null(gone or None)])


def _copy_rows(cursor: Cursor[Any], table: str, rows: Sequence[NamedTuple], types: Sequence[str]) -> None:
    columns = SQL(", ").join(map(Identifier, rows[0]._fields))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(Identifier(table), columns)
    with cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _by_table(changes: Sequence[RowChange]) -> tuple[dict[str, list[Any]], dict[str, list[UUID]]]:
    changed: dict[str, list[Any]] = {}
    gone: dict[str, list[UUID]] = {}
    for change in changes:
        if change.row is not None:
            changed.setdefault(change.read_model.table, []).append(change.row._asdict())
        elif not change.new:
            gone.setdefault(change.read_model.table, []).append(change.id)
    return changed, gone


def _event(entry: LogEntry) -> dict[str, object]:
    # One JSON text costs the client half of what arrays of four types do.
    return {
        "id": entry.originator_id,
        "version": entry.originator_version,
        "topic": entry.topic,
        "state": entry.state.decode(),
    }


def _guards(guards: Sequence[Guard]) -> list[dict[str, object]] | None:
    return [guard._asdict() for guard in guards] or None


def _sealed(sealed: SealedKey | None) -> dict[str, object] | None:
    if sealed is None:
        return None
    return {
        "key_id": sealed.key_id,
        "organization": sealed.organization,
        "provider_id": sealed.provider_id,
        "master_key_id": sealed.master_key_id,
        "format": sealed.format,
        "wrapped_key": "\\x" + sealed.wrapped_key.hex(),
        "sealed": "\\x" + sealed.sealed.hex(),
    }


def _json_or_null(value: object) -> str | None:
    return None if value is None else _json(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
