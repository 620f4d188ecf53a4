import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from adapters.postgres import mapper
from adapters.postgres.mapper import EventMapper, decode, encode
from domain.listing import SyncFailure
from domain.model import ModelDiscovered
from domain.protection import Disagreement, Protected
from domain.provider import ProviderEnabled, ProviderRenamed
from domain.sync import SyncCompleted, SyncCounts, SyncFailed
from domain.topics import Upcast
from tests.support.examples import EXAMPLES, FACTS, PROVIDER_ID, SYNC_ID, recorded


@pytest.mark.parametrize("version", [1, 7])
def test_an_event_comes_back_from_the_log_as_it_was(version: int) -> None:
    for example in EXAMPLES:
        happened = recorded(example, version)
        stored = EventMapper().to_stored_event(happened)
        assert (stored.topic, stored.originator_version) == (example.topic, version)
        assert EventMapper().to_domain_event(stored) == happened


def test_a_field_with_its_default_is_not_stored() -> None:
    discovered = ModelDiscovered(provider_id=PROVIDER_ID, model_id="m", facts=type(FACTS)(), sync_id=SYNC_ID)
    assert json.loads(encode(discovered)) == {
        "provider_id": str(PROVIDER_ID),
        "model_id": "m",
        "facts": {},
        "sync_id": str(SYNC_ID),
    }
    assert decode(discovered.topic, encode(discovered)) == discovered


def test_what_a_runs_end_says_besides_comes_back_and_costs_nothing_where_it_is_not_said() -> None:
    who = {"provider_id": PROVIDER_ID, "provider_name": "One"}
    stood = Protected(
        model_id="m", reason="edited", fields={"display_name": Disagreement(kept="Ours", listed=None)}
    )
    completed = SyncCompleted(**who, counts=SyncCounts(), listing_digest="d1", protected=(stood,))
    failed = SyncFailed(**who, failure=SyncFailure.EMPTY, message="No model.", listing_digest="d1")
    for end in (completed, failed):
        assert decode(end.topic, encode(end)) == end
    assert b"protected" not in encode(completed.model_copy(update={"protected": ()}))
    assert b"listing_digest" not in encode(failed.model_copy(update={"listing_digest": None}))


def test_the_log_holds_plain_utf_8() -> None:
    assert encode(ProviderEnabled(name="Zoë ✓")) == '{"name":"Zoë ✓"}'.encode()


def test_an_old_event_is_read_through_as_many_upcasts_as_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    def to_the_second(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "provider.retitled.v2", {"to": fields["title"], "from": fields["old_title"]}

    def to_todays(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "provider.renamed.v1", {"name": fields["to"], "before": fields["from"]}

    upcasts: dict[str, Upcast] = {"provider.retitled.v1": to_the_second, "provider.retitled.v2": to_todays}
    monkeypatch.setattr(mapper, "UPCASTS", upcasts)
    expected = ProviderRenamed(name="Two", before="One")
    assert decode("provider.retitled.v1", b'{"title": "Two", "old_title": "One"}') == expected
    assert decode("provider.retitled.v2", b'{"to": "Two", "from": "One"}') == expected
    assert decode("provider.renamed.v1", b'{"name": "Two", "before": "One"}') == expected


def test_an_upcast_that_leads_nowhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapper, "UPCASTS", {"old.v1": lambda fields: ("forgotten.v1", fields)})
    with pytest.raises(LookupError, match=r"'forgotten.v1' that this version of Keyroll does not know"):
        decode("old.v1", b"{}")


def test_an_event_of_a_later_version_asks_for_an_update() -> None:
    with pytest.raises(LookupError, match=r"'provider.cloned.v1'.*update it"):
        decode("provider.cloned.v1", b"{}")


def test_an_event_with_a_field_that_its_version_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="api_key"):
        decode("provider.enabled.v1", b'{"name": "One", "api_key": "sk-canary"}')


def test_the_position_is_not_part_of_the_event() -> None:
    one = recorded(EXAMPLES[0], stream=UUID(int=5))
    assert EventMapper().to_stored_event(one).position == 0
