from datetime import timedelta
from uuid import UUID

from domain.event import Event, Recorded
from domain.provider import KeyMark, KeyRemoved, KeyRotated, ProviderRenamed
from projections.key_uses import key_uses
from tests.support.examples import META, NOON

OURS = KeyMark(key_id=UUID(int=1), fingerprint="f1", hint="1111")
ANEW = KeyMark(key_id=UUID(int=2), fingerprint="f1", hint="1111")
OTHER = KeyMark(key_id=UUID(int=3), fingerprint="f2", hint="2222")
ONE, TWO = UUID(int=11), UUID(int=12)


def _history(*events: tuple[UUID, Event]) -> list[Recorded[Event]]:
    return [
        Recorded(stream, number, NOON + timedelta(hours=number), META, event, number)
        for number, (stream, event) in enumerate(events, 1)
    ]


def _set(mark: KeyMark, before: KeyMark | None = None) -> KeyRotated:
    return KeyRotated(name="My OpenAI", before=before, after=mark)


def test_a_key_that_was_never_here_has_no_uses() -> None:
    assert key_uses(_history((ONE, _set(OTHER)), (ONE, _set(KeyMark(**OTHER.model_dump())))), "f1") == []


def test_a_key_is_in_use_from_its_entry_to_its_replacement() -> None:
    (use,) = key_uses(_history((ONE, _set(OURS)), (ONE, _set(OTHER, OURS))), "f1")
    assert (use.provider_id, use.provider_name, use.hint) == (ONE, "My OpenAI", "1111")
    assert (use.set_at, use.set_by, use.set_position) == (NOON + timedelta(hours=1), "ada", 1)
    assert (use.ended_at, use.ended_by, use.ended_position) == (NOON + timedelta(hours=2), "ada", 2)
    assert use.ended_because == "replaced"


def test_a_key_that_nobody_removed_is_in_use_still() -> None:
    (use,) = key_uses(_history((ONE, _set(OURS))), "f1")
    assert (use.ended_at, use.ended_by, use.ended_position, use.ended_because) == (None, None, None, None)


def test_a_removed_key_says_why() -> None:
    for reason in ("asked", "endpoint_changed", "provider_deleted"):
        removed = KeyRemoved.model_validate({"name": "One", "before": OURS, "reason": reason})
        (use,) = key_uses(_history((ONE, _set(OURS)), (ONE, removed)), "f1")
        assert use.ended_because == reason


def test_the_same_key_entered_anew_is_one_use() -> None:
    (use,) = key_uses(_history((ONE, _set(OURS)), (ONE, _set(ANEW, OURS)), (ONE, _set(OTHER, ANEW))), "f1")
    assert (use.set_position, use.ended_position) == (1, 3)


def test_a_key_that_comes_back_and_one_of_two_providers_are_uses_of_their_own() -> None:
    uses = key_uses(
        _history(
            (ONE, _set(OURS)),
            (TWO, _set(OURS)),
            (ONE, _set(OTHER, OURS)),
            (ONE, _set(ANEW, OTHER)),
            (ONE, ProviderRenamed(name="x", before="y")),
        ),
        "f1",
    )
    told = [(use.provider_id, use.set_position, use.ended_position) for use in uses]
    assert told == [(ONE, 1, 3), (TWO, 2, None), (ONE, 4, None)]
