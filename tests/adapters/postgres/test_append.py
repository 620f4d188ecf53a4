"""A write is all there or not at all, in both ways to write."""

from uuid import UUID, uuid4

import pytest

from adapters.postgres import append
from adapters.postgres.mapper import decode, encode
from adapters.postgres.refusals import GuardFailed, StreamMoved, UniquenessBroken
from adapters.postgres.sealed_keys import find_sealed_key
from adapters.postgres.store import Decided, Store
from adapters.postgres.write import Guard
from api.commands.core import PROVIDER
from domain.access import Role
from domain.provider import ProviderCreated, ProviderDeleted, ProviderDisabled
from projections.providers import ProviderRow
from tests.support.examples import META, NOON, OWN
from tests.support.tables import everything, execute, table_rows
from tests.support.writes import default, discovered, meta, model, provider, renamed, sealed_key, token


def test_positions_ascend_by_one_within_a_write_and_from_write_to_write(writer: Store) -> None:
    first = writer.append([provider("One"), provider("Two"), token("ci")], meta(), NOON)
    second = writer.append(discovered(uuid4(), 5), meta(), NOON)
    assert (first.position, second.position) == (3, 8)
    assert [entry.position for entry in writer.log.log(0, 100)] == list(range(1, 9))
    assert [entry.position for entry in writer.log.log(2, 3)] == [3, 4, 5]


def test_events_stand_in_the_log_in_the_order_of_the_decisions(writer: Store) -> None:
    decided = [provider("B"), *discovered(uuid4(), 3), provider("A"), token("ci")]
    writer.append(decided, meta(), NOON)
    assert [entry.originator_id for entry in writer.log.log(0, 100)] == [stream.id for stream, _ in decided]


def test_an_event_keeps_who_when_and_from_where(writer: Store) -> None:
    by = meta()
    writer.append([provider("One")], by, NOON)
    (entry,) = writer.log.log(0, 10)
    assert (entry.meta, entry.occurred_at, entry.originator_version) == (by, NOON, 1)
    assert writer.mapper.to_domain_event(entry).meta == by


def test_an_address_may_be_unknown(writer: Store) -> None:
    writer.append([provider("One")], META.model_copy(update={"address": None}), NOON)
    assert writer.log.log(0, 10)[0].meta.address is None


def test_a_write_returns_the_rows_that_are_in_the_tables(writer: Store, conninfo: str) -> None:
    created, issued = provider("One"), token("ci", Role.VIEWER)
    appended = writer.append([created, issued], meta(), NOON)
    tables = everything(conninfo)
    assert tables["llm_providers"] == [tuple(appended.rows[created.stream.id])]
    assert tables["tokens"] == [tuple(appended.rows[issued.stream.id])]


def test_a_row_changes_with_its_stream_and_goes_with_it(writer: Store, conninfo: str) -> None:
    created = provider("One")
    writer.append([created], meta(), NOON)
    changed = writer.append([renamed(writer, created.stream.id, "Two")], meta(), NOON)
    assert everything(conninfo)["llm_providers"] == [tuple(changed.rows[created.stream.id])]
    gone = Decided(writer.load(PROVIDER, created.stream.id), (ProviderDeleted(name="Two"),))
    assert writer.append([gone], meta(), NOON).rows == {created.stream.id: None}
    assert everything(conninfo)["llm_providers"] == []


def test_a_row_that_comes_and_goes_in_one_write_leaves_none(writer: Store, conninfo: str) -> None:
    stream, created = provider("One")
    writer.append([Decided(stream, (*created, ProviderDeleted(name="One")))], meta(), NOON)
    assert len(writer.log.log(0, 10)) == 2
    assert everything(conninfo)["llm_providers"] == []


def test_who_decided_on_an_older_version_is_refused_and_leaves_nothing(writer: Store, conninfo: str) -> None:
    created = provider("One")
    writer.append([created], meta(), NOON)
    late = renamed(writer, created.stream.id, "Late")
    writer.append([renamed(writer, created.stream.id, "Early")], meta(), NOON)
    before = everything(conninfo)
    with pytest.raises(StreamMoved):
        writer.append([provider("Other"), late], meta(), NOON, sealed=sealed_key())
    assert everything(conninfo) == before


def test_a_taken_name_is_refused_and_leaves_nothing(writer: Store, conninfo: str) -> None:
    writer.append([provider("STRASSE")], meta(), NOON)
    before = everything(conninfo)
    with pytest.raises(UniquenessBroken) as refused:
        writer.append([token("ci"), provider("straße")], meta(), NOON, sealed=sealed_key())
    assert refused.value.constraint == "llm_providers_name_taken"
    assert everything(conninfo) == before


def test_a_name_is_free_in_another_organization_and_after_a_deletion(writer: Store) -> None:
    first = provider("One")
    writer.append([first], meta(), NOON)
    writer.append([provider("One")], meta(uuid4()), NOON)
    gone = Decided(writer.load(PROVIDER, first.stream.id), (ProviderDeleted(name="One"),))
    writer.append([gone], meta(), NOON)
    writer.append([provider("ONE")], meta(), NOON)


def test_a_key_is_sealed_and_another_destroyed_in_the_write_that_says_so(writer: Store) -> None:
    old, new, kept = sealed_key(), sealed_key(), sealed_key()
    for key in (old, kept):
        writer.append([provider(str(key.key_id))], meta(), NOON, sealed=key)
    writer.append([provider("One")], meta(), NOON, sealed=new, destroyed=[old.key_id])
    stored = [
        find_sealed_key(writer, key.organization, key.provider_id, key.key_id) for key in (old, new, kept)
    ]
    assert stored == [None, new, kept]


def test_if_the_last_step_fails_nothing_of_a_write_remains(writer: Store, conninfo: str) -> None:
    old, created = sealed_key(), provider("One")
    writer.append([created], meta(), NOON, sealed=old)
    before = everything(conninfo)
    disabled = Decided(writer.load(PROVIDER, created.stream.id), (ProviderDisabled(name="One"),))
    decided = [provider("Two"), disabled, *discovered(uuid4(), 3), token("ci")]

    def write(claim: UUID | None) -> None:
        writer.append(
            decided,
            meta(),
            NOON,
            guards=[Guard("no_admin_exists", uuid4())],
            sealed=sealed_key(),
            destroyed=[old.key_id],
            claim=claim,
        )

    with pytest.raises(GuardFailed, match="claim_held"):
        write(uuid4())
    assert everything(conninfo) == before
    write(None)
    after = everything(conninfo)
    assert {table for table in after if after[table] != before[table]} == {
        "stored_events",
        "llm_providers",
        "llm_models",
        "tokens",
        "sealed_keys",
    }


def test_a_claim_is_settled_with_the_position_of_its_write(writer: Store, conninfo: str) -> None:
    by, claim = meta(), uuid4()
    execute(
        conninfo,
        "INSERT INTO idempotent_requests (organization, key, claim, request_digest, patience)"
        " VALUES (%s, 'k', %s, 'd', '1 minute')",
        by.organization,
        claim,
    )
    appended = writer.append([provider("One"), token("ci")], by, NOON, claim=claim)
    (request,) = everything(conninfo)["idempotent_requests"]
    assert appended.position in request


def test_the_default_is_one_row_for_each_organization(writer: Store, conninfo: str) -> None:
    by, created = meta(), provider("One")
    provider_id = created.stream.id
    writer.append([created, model(provider_id, "a"), default(by.organization, provider_id, "a")], by, NOON)
    assert len(everything(conninfo)["default_models"]) == 1


@pytest.mark.parametrize(
    "text", ['"', "'", "\\", "\\u0000", "\\x00", "\n\t\x01", "{}", "%s", "NULL", "Zoë ✓ 🎉 \u2028", "$$"]
)
def test_every_text_comes_back_as_it_was(writer: Store, conninfo: str, text: str) -> None:
    stream, _ = provider("One")
    event = ProviderCreated(name=text, endpoint=OWN)
    appended = writer.append([Decided(stream, (event,))], meta(), NOON)
    (entry,) = writer.log.log(0, 10)
    assert (entry.state, decode(entry.topic, entry.state)) == (encode(event), event)
    loaded = writer.load(PROVIDER, stream.id)
    assert loaded.row == appended.rows[stream.id]
    assert loaded.row is not None
    assert table_rows(conninfo, "llm_providers", ProviderRow) == {stream.id: loaded.row}


def test_from_two_hundred_events_on_a_write_is_copied(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_arrays(*_: object) -> int:
        raise AssertionError("many events were sent as arrays")

    monkeypatch.setattr("adapters.postgres.recorder.append_few", no_arrays)
    assert store.append(discovered(uuid4(), append.BULK), meta(), NOON).position == append.BULK
    with pytest.raises(AssertionError):
        store.append(discovered(uuid4(), append.BULK - 1), meta(), NOON)
