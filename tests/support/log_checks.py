"""What must be true of a database after a crash. Each check returns its complaints: none means it holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Identifier

from adapters.postgres.columns import columns_of
from adapters.postgres.log_verification import check_log
from adapters.vault.errors import VaultError
from adapters.vault.fingerprint_key import FINGERPRINT_KEY_ID
from adapters.vault.hint import hint
from api.commands.core import PROVIDER, Core
from api.commands.keys import open_key
from domain.event import Recorded
from domain.provider import KeyRotated
from projections.all import FOLLOWED_BY, READ_MODELS
from projections.read_model import ReadModel
from tests.support.ledger import Ledger, write_of

Log = Sequence[Recorded[Any]]
_ALL = 10_000_000


def complaints(core: Core, ledger: Ledger) -> list[str]:
    """All checks."""
    log = whole_log(core)
    checks = (
        lost(log, ledger),
        doubled(log),
        gaps(log),
        broken_chain(core),
        differences_from_replay(core, log),
    )
    return [complaint for check in (*checks, wrong_keys(core, log, ledger)) for complaint in check]


def whole_log(core: Core) -> Log:
    """Every event there is."""
    return [core.store.mapper.to_domain_event(entry) for entry in core.store.log.log(0, _ALL)]


def lost(log: Log, ledger: Ledger) -> Iterator[str]:
    """Acknowledged writes that are not in the log as they were acknowledged."""
    at_position = {recorded.position: recorded for recorded in log}
    at_version = {(recorded.originator_id, recorded.originator_version): recorded for recorded in log}
    written = {write_of(recorded.meta.request_id) for recorded in log}
    for told in ledger.acknowledged:
        found = [at_position.get(told.position)]
        if told.version is not None:
            found.append(at_version.get((told.subject, told.version)))
        if any(one is None or write_of(one.meta.request_id) != told.write for one in found):
            yield f"lost: {told}"
    yield from (f"lost: {write} was called done" for write in ledger.settled if write not in written)


def doubled(log: Log) -> Iterator[str]:
    """Writes that took effect more than once. Only a sync may be tried again by another attempt."""
    attempts: dict[str, set[str]] = defaultdict(set)
    for recorded in log:
        attempts[write_of(recorded.meta.request_id)].add(recorded.meta.request_id)
    for write, made in attempts.items():
        if len(made) > 1 and not write.startswith("sync-"):
            yield f"doubled: {sorted(made)}"
    same = Counter((recorded.meta.request_id, recorded.event.model_dump_json()) for recorded in log)
    yield from (f"doubled: {event} by {request}" for (request, event), times in same.items() if times > 1)


def gaps(log: Log) -> Iterator[str]:
    """Streams whose versions are not 1, 2, 3, … in the log's order."""
    versions: dict[UUID, list[int]] = defaultdict(list)
    for recorded in log:
        versions[recorded.originator_id].append(recorded.originator_version)
    for stream, found in versions.items():
        if found != list(range(1, len(found) + 1)):
            yield f"gaps: {stream} has the versions {found}"


def broken_chain(core: Core) -> Iterator[str]:
    """Where the hash chain does not hold, or a position is missing."""
    flaw = core.store.log.run(check_log).flaw
    if flaw is not None:
        yield f"broken: {flaw.what} at {flaw.position}"


def differences_from_replay(core: Core, log: Log) -> Iterator[str]:
    """Rows that are not what a replay of the log makes of its streams."""
    folded: dict[str, dict[UUID, Any]] = {read_model.table: {} for read_model in READ_MODELS}
    for recorded in log:
        read_model = FOLLOWED_BY.get(type(recorded.event))
        if read_model is None:
            continue
        rows = folded[read_model.table]
        rows[recorded.originator_id] = read_model.fold(rows.get(recorded.originator_id), recorded)
    for read_model in READ_MODELS:
        replayed = {id_: row for id_, row in folded[read_model.table].items() if row is not None}
        stored = {row.id: row for row in stored_rows(core, read_model)}
        for id_ in stored.keys() | replayed.keys():
            if stored.get(id_) != replayed.get(id_):
                yield f"not the replay: {read_model.table} {id_}"


def stored_rows(core: Core, read_model: ReadModel[Any]) -> list[Any]:
    """A read model's table."""
    query = SQL("SELECT {} FROM {}").format(columns_of(read_model.row), Identifier(read_model.table))
    found = core.store.log.run(lambda connection: connection.execute(query).fetchall())
    return [read_model.row(*row) for row in found]


def wrong_keys(core: Core, log: Log, ledger: Ledger) -> Iterator[str]:
    """Sealed keys of no provider, providers without theirs, and keys that open to another's."""
    query = b"SELECT key_id FROM sealed_keys WHERE key_id <> %s"
    found = core.store.log.run(lambda it: it.execute(query, [FINGERPRINT_KEY_ID]).fetchall())
    sealed = {key_id for (key_id,) in found}
    providers = [row for row in stored_rows(core, PROVIDER.read_model) if row.key_id is not None]
    live = {row.key_id for row in providers}
    yield from (f"a key of nobody: {key_id}" for key_id in sealed - live)
    entered_by = _last_rotations(log)
    for row in providers:
        try:
            key = open_key(core, row, {})
        except VaultError as error:
            yield f"the key of {row.id} does not open: {error}"
            continue
        if key is None:
            yield f"the key of {row.id} is not there"
        elif (
            core.fingerprints.of_key(row.organization, key) != row.key_fingerprint
            or hint(key) != row.key_hint
            or ledger.sent_keys.get(key.reveal()) != entered_by.get(row.id)
        ):
            yield f"the key of {row.id} is another one"


def _last_rotations(log: Iterable[Recorded[Any]]) -> dict[UUID, str]:
    return {
        recorded.originator_id: write_of(recorded.meta.request_id)
        for recorded in log
        if isinstance(recorded.event, KeyRotated)
    }
