import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from domain.provider import KeyMark, KeyRotated
from domain.sync import SyncStarted
from domain.topics import EVENTS, AnyEvent
from projections.audit import TOPICS_BY_ACTION, action_of, audit_entry, subject_type_of
from tests.support.examples import EXAMPLES, KEY, NOON, OTHER_KEY, STREAM, recorded

every_event = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.topic)


def test_an_entry_says_who_did_what_to_which_object_when_from_where() -> None:
    entry = audit_entry(recorded(KeyRotated(name="My OpenAI", before=KEY, after=OTHER_KEY)))
    assert entry._asdict() == {
        "position": 0,
        "occurred_at": NOON,
        "actor": "ada",
        "action": "provider.key_rotated",
        "subject_type": "provider",
        "subject_id": STREAM,
        "request_id": "request-1",
        "address": "192.0.2.7",
        "changes": {
            "api_key": (
                {"fingerprint": "f1f1f1f1", "hint": "3456"},
                {"fingerprint": "f2f2f2f2", "hint": "wxyz"},
            )
        },
        "summary": "ada replaced the key of My OpenAI",
    }


@every_event
def test_every_event_has_a_sentence_that_begins_with_its_actor(example: AnyEvent) -> None:
    summary = audit_entry(recorded(example)).summary
    assert re.fullmatch(r"ada [a-z]+ .+", summary)
    assert "None" not in summary


@every_event
def test_every_event_but_the_start_of_a_sync_says_which_fields_it_changed(example: AnyEvent) -> None:
    changes = audit_entry(recorded(example)).changes
    assert bool(changes) is not isinstance(example, SyncStarted)
    for field, (before, after) in changes.items():
        assert re.fullmatch(r"[a-z_]+", field)
        assert before != after
        assert json.loads(json.dumps([before, after])) == [before, after], "changes are plain JSON"


@every_event
def test_no_entry_holds_a_verifier_or_a_key_id(example: AnyEvent) -> None:
    words = set(_words(audit_entry(recorded(example)).changes))
    assert words.isdisjoint({"verifier", "key_id", "c0ffee", str(KEY.key_id), str(OTHER_KEY.key_id)})


def test_the_search_for_a_key_id_finds_one() -> None:
    assert str(KEY.key_id) in set(_words({"api_key": (KEY.model_dump(mode="json"), None)}))
    assert KeyMark.model_fields.keys() == {"key_id", "fingerprint", "hint"}


def test_every_action_is_found_by_its_topic_and_names_its_subject() -> None:
    assert set(TOPICS_BY_ACTION.values()) == set(EVENTS)
    assert TOPICS_BY_ACTION["provider.key_rotated"] == "provider.key_rotated.v1"
    assert {subject_type_of(action) for action in TOPICS_BY_ACTION} == {
        "provider",
        "model",
        "catalog",
        "sync",
        "token",
        "webhook",
        "organization",
        "key_search",
    }
    assert subject_type_of("access.token_issued") == "token"


@every_event
def test_an_action_is_its_topic_without_the_version(example: AnyEvent) -> None:
    assert f"{action_of(example)}.v1" == example.topic


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from (key, *_words(below))
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _words(below)
    else:
        yield str(value)
