import re

import pytest
from pydantic import BaseModel

from domain.event import Event
from domain.topics import EVENTS, UPCASTS
from tests.support.examples import EXAMPLES


def _subclasses(base: type[Event]) -> set[type[Event]]:
    return {below for direct in base.__subclasses__() for below in {direct, *_subclasses(direct)}}


def test_every_event_that_bears_a_topic_is_in_the_list_of_topics() -> None:
    named = {
        event
        for event in _subclasses(Event)
        if "topic" in vars(event) and event.__module__.startswith("domain.")
    }
    assert named == set(EVENTS.values())
    assert len(EVENTS) == 35


@pytest.mark.parametrize("topic", EVENTS)
def test_a_topic_is_a_versioned_name_and_no_python_path(topic: str) -> None:
    assert re.fullmatch(
        r"(provider|model|catalog|sync|access|webhook|audit|organization)\.[a-z_]+\.v[1-9]\d*", topic
    )
    assert EVENTS[topic].topic == topic


def test_a_topic_is_either_written_today_or_upcast() -> None:
    assert EVENTS.keys().isdisjoint(UPCASTS)


def test_there_is_an_example_of_every_event() -> None:
    assert sorted(example.topic for example in EXAMPLES) == sorted(EVENTS)


def _fields(model: type[BaseModel]) -> set[str]:
    below = [field.annotation for field in model.model_fields.values()]
    nested = [kind for kind in below if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return set(model.model_fields).union(*map(_fields, nested))


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_no_event_has_a_field_for_a_secret(event: type[Event]) -> None:
    secret = re.compile(r"api_key|secret|password|sealed|ciphertext|plaintext|^token$|^key$")
    assert not [field for field in _fields(event) if secret.search(field)]
    assert secret.search("api_key"), "the search finds one"
