from contextlib import closing
from uuid import UUID, uuid4

import pytest

from adapters.postgres.datastore import Datastore, check_reachable, connection_settings
from adapters.postgres.mapper import encode
from adapters.postgres.recorder import LogRecorder
from adapters.postgres.refusals import StoreUnavailable
from adapters.postgres.store import Decided, Store
from api.commands.core import PROVIDER
from domain.provider import ProviderCreated, ProviderDisabled
from projections.all import READ_MODELS
from tests.support.examples import NOON, OWN
from tests.support.writes import meta, provider, renamed, token

CANARY = "canary-password-0123456789"


def test_a_stream_without_events_is_at_version_0(store: Store) -> None:
    stream = store.load(PROVIDER, uuid4())
    assert (stream.version, stream.state, stream.row) == (0, None, None)


def test_a_stream_of_another_kind_of_object_has_no_events_for_this_one(store: Store) -> None:
    issued = token("ci")
    store.append([issued], meta(), NOON)
    stream = store.load(PROVIDER, issued.stream.id)
    assert (stream.version, stream.state, stream.row) == (0, None, None)


def test_a_stream_is_loaded_with_the_state_and_the_row_that_its_events_made(store: Store) -> None:
    created = provider("One")
    store.append([created], meta(), NOON)
    appended = store.append([renamed(store, created.stream.id, "Two")], meta(), NOON)
    stream = store.load(PROVIDER, created.stream.id)
    assert stream.version == 2
    assert stream.row == appended.rows[created.stream.id]
    assert stream.state is not None
    assert stream.state.name == "Two"


def test_a_streams_events_are_read_by_version_forwards_backwards_and_in_part(store: Store) -> None:
    created = provider("1")
    stream_id = created.stream.id
    store.append([created, provider("other")], meta(), NOON)
    for number in (2, 3, 4):
        store.append([renamed(store, stream_id, str(number))], meta(), NOON)

    def versions(
        *, gt: int | None = None, lte: int | None = None, desc: bool = False, limit: int | None = None
    ) -> list[int]:
        entries = store.log.select_events(stream_id, gt=gt, lte=lte, desc=desc, limit=limit)
        return [entry.originator_version for entry in entries]

    assert versions() == [1, 2, 3, 4]
    assert versions(gt=1, lte=3) == [2, 3]
    assert versions(desc=True, limit=2) == [4, 3]


def test_nothing_of_the_processs_environment_reaches_the_library(
    conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("", "STORE_", "STORED_"):
        monkeypatch.setenv(f"{name}POSTGRES_DBNAME", "elsewhere")
        monkeypatch.setenv(f"{name}POSTGRES_HOST", "192.0.2.1")
        monkeypatch.setenv(f"{name}POSTGRES_ENABLE_DB_FUNCTIONS", "yes")
        monkeypatch.setenv(f"{name}POSTGRES_SCHEMA", "elsewhere")
        monkeypatch.setenv(f"{name}PERSISTENCE_MODULE", "eventsourcing.popo")
        monkeypatch.setenv(f"{name}COMPRESSOR_TOPIC", "zlib")
        monkeypatch.setenv(f"{name}CIPHER_TOPIC", "eventsourcing.cipher:AESCipher")
        monkeypatch.setenv(f"{name}AGGREGATE_CACHE_MAXSIZE", "10")
    created = provider("One")
    with closing(Store(conninfo)) as store:
        store.append([created], meta(), NOON)
        (entry,) = store.log.log(0, 10)
    assert entry.state == encode(ProviderCreated(name="One", endpoint=OWN))


def test_the_librarys_database_functions_are_refused_because_readers_would_miss_events(conninfo: str) -> None:
    datastore = Datastore(conninfo)
    datastore.enable_db_functions = True
    with closing(datastore), pytest.raises(ValueError, match="Unset POSTGRES_ENABLE_DB_FUNCTIONS"):
        LogRecorder(datastore)


def test_a_connection_has_time_limits_and_utc_and_its_versions_beside_what_the_operator_sets() -> None:
    settings = connection_settings("postgresql://u@h/d?options=-c%20work_mem%3D8MB&connect_timeout=3")
    versions = " ".join(f"-c keyroll.{it.table}={it.version}" for it in READ_MODELS)
    limits = "-c lock_timeout=10s -c statement_timeout=120s -c timezone=UTC"
    alive = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    assert settings["options"] == f"{limits} {alive} {versions} -c work_mem=8MB"
    assert (settings["connect_timeout"], settings["dbname"], settings["autocommit"]) == ("3", "d", True)


def test_a_database_that_answers_is_reachable(conninfo: str) -> None:
    check_reachable(conninfo)


@pytest.mark.parametrize(
    ("conninfo", "advice"),
    [
        (f"postgresql://u:{CANARY}@127.0.0.1:1/d", "PostgreSQL cannot be reached: "),
        (f"host=127.0.0.1 port=1 password={CANARY}", "PostgreSQL cannot be reached: "),
        (f"postgresql://u:{CANARY}@[h/d", "The database URL is none: write postgresql://user@host:5432/name"),
        (f"{CANARY}", "The database URL is none"),
    ],
)
def test_why_a_database_cannot_be_reached_is_one_line_without_the_password(
    conninfo: str, advice: str
) -> None:
    with pytest.raises(StoreUnavailable, match=advice) as refused:
        check_reachable(conninfo)
    assert CANARY not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_was_decided_on_no_stream_is_folded_from_nothing(store: Store) -> None:
    created = provider("One", UUID(int=7))
    both = Decided(created.stream, (*created.events, ProviderDisabled(name="One")))
    appended = store.append([both], meta(), NOON)
    assert appended.rows[UUID(int=7)].status == "disabled"
    assert store.load(PROVIDER, UUID(int=7)).version == 2
