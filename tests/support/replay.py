"""The log folded anew from its first event, to be compared with the live tables."""

from typing import Any, Final
from uuid import UUID

from adapters.postgres.store import Store
from projections.all import FOLLOWED_BY, READ_MODELS
from projections.read_model import ReadModel
from tests.support.tables import table_rows

_PAGE: Final = 500


def replay(store: Store) -> dict[str, dict[UUID, Any]]:
    """Every read model's rows by id, as the whole log says they are."""
    rows: dict[str, dict[UUID, Any]] = {read_model.table: {} for read_model in READ_MODELS}
    after = 0
    while page := store.log.log(after, _PAGE):
        for entry in page:
            recorded = store.mapper.to_domain_event(entry)
            read_model = FOLLOWED_BY.get(type(recorded.event))
            if read_model is None:
                continue
            table = rows[read_model.table]
            row = read_model.fold(table.get(recorded.originator_id), recorded)
            if row is None:
                table.pop(recorded.originator_id, None)
            else:
                table[recorded.originator_id] = row
        after = page[-1].position
    return rows


def differences(store: Store, conninfo: str, read_model: ReadModel[Any]) -> list[tuple[Any, Any]]:
    """Where a live table and the log disagree: the row in the table, the row by the log, None for none."""
    live = table_rows(conninfo, read_model.table, read_model.row)
    replayed = replay(store)[read_model.table]
    return [
        (live.get(row_id), replayed.get(row_id))
        for row_id in live.keys() | replayed.keys()
        if live.get(row_id) != replayed.get(row_id)
    ]
