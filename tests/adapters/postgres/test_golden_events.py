"""What was ever written stays readable: one stored example of every topic, as the bytes lie in the log."""

import json
from pathlib import Path

import pytest

from adapters.postgres.mapper import decode, encode
from domain.topics import EVENTS, AnyEvent
from tests.support.examples import EXAMPLES

GOLDEN = Path(__file__).parents[2] / "golden" / "events.jsonl"
STORED = [
    (entry["topic"], entry["state"].encode())
    for entry in map(json.loads, GOLDEN.read_text("utf-8").split("\n")[:-1])
]


def _line(topic: str) -> str:
    example = next(example for example in EXAMPLES if example.topic == topic)
    return json.dumps({"topic": topic, "state": encode(example).decode()}, ensure_ascii=False)


@pytest.mark.parametrize("topic", EVENTS)
def test_every_topic_has_a_stored_example(topic: str) -> None:
    assert topic in dict(STORED), f"Append this line to {GOLDEN.name}, and change no other:\n{_line(topic)}"


def test_no_topic_has_two_stored_examples() -> None:
    assert len(STORED) == len(dict(STORED))


@pytest.mark.parametrize(("topic", "state"), STORED, ids=dict(STORED))
def test_a_stored_event_is_read(topic: str, state: bytes) -> None:
    event = decode(topic, state)
    if topic in EVENTS:
        assert type(event) is EVENTS[topic]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.topic)
def test_todays_events_are_stored_as_they_always_were(example: AnyEvent) -> None:
    assert encode(example) == dict(STORED)[example.topic]
    assert decode(example.topic, dict(STORED)[example.topic]) == example


@pytest.mark.parametrize(("topic", "state"), [stored for stored in STORED if stored[0] in EVENTS])
def test_a_stored_event_of_today_is_written_back_byte_for_byte(topic: str, state: bytes) -> None:
    assert encode(decode(topic, state)) == state


def test_a_stored_event_that_says_anything_else_is_noticed() -> None:
    state = dict(STORED)["provider.renamed.v1"]
    assert encode(decode("provider.renamed.v1", state.replace(b"My OpenAI", b"My openai"))) != state
