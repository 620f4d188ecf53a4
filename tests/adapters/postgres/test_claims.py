"""A request with an Idempotency-Key: claimed, settled by its write, answered, and forgotten after a day."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from adapters.postgres.claims import Answer, Settled, Unanswered, keep_answer, release_claim, take_claim
from adapters.postgres.reader import Reader
from adapters.postgres.store import Store
from tests.support.examples import NOON, ORGANIZATION
from tests.support.postgres_proxy import PostgresProxy
from tests.support.reading import ask
from tests.support.tables import everything, execute
from tests.support.writes import meta, provider

T = TypeVar("T")
MINE, OTHERS = UUID(int=1), UUID(int=2)
CREATED = Answer(201, '{"etag": "1"}', b'{"id": 1}\x00\xff')


def _take(
    conninfo: str, claim: UUID, digest: str = "d1", *, key: str = "k1", organization: UUID = ORGANIZATION
) -> Answer | Settled | Unanswered | None:
    return ask(conninfo, lambda reader: take_claim(reader, organization, key, claim, digest))


def _settle(store: Store, claim: UUID = MINE) -> None:
    store.append([provider(f"of {claim}")], meta(), NOON, claim=claim)


def _age(conninfo: str, age: str) -> None:
    execute(conninfo, "UPDATE idempotent_requests SET claimed_at = now() - %s::interval", age)


def test_the_first_request_takes_the_key_and_its_repetition_waits(conninfo: str) -> None:
    assert _take(conninfo, MINE) is None
    assert _take(conninfo, OTHERS) is Unanswered.UNDER_WAY


def test_a_key_is_another_in_another_organization(conninfo: str) -> None:
    assert _take(conninfo, MINE) is None
    assert _take(conninfo, OTHERS, organization=uuid4()) is None
    assert _take(conninfo, uuid4(), key="k2") is None


def test_a_key_that_came_with_another_request_is_refused_in_every_state(conninfo: str, store: Store) -> None:
    _take(conninfo, MINE)
    assert _take(conninfo, OTHERS, "d2") is Unanswered.OTHER_REQUEST
    _settle(store)
    assert _take(conninfo, OTHERS, "d2") is Unanswered.OTHER_REQUEST
    ask(conninfo, lambda reader: keep_answer(reader, ORGANIZATION, MINE, CREATED))
    assert _take(conninfo, OTHERS, "d2") is Unanswered.OTHER_REQUEST


def test_a_change_whose_answer_was_lost_says_that_it_was_made(conninfo: str, store: Store) -> None:
    _take(conninfo, MINE)
    _settle(store)
    assert _take(conninfo, OTHERS) is Unanswered.UNDER_WAY, "its answer may still be on its way"
    _age(conninfo, "61 seconds")
    assert _take(conninfo, OTHERS) == Settled(1)


@pytest.mark.parametrize("settled", [True, False])
def test_an_answer_is_given_again_byte_for_byte(conninfo: str, store: Store, *, settled: bool) -> None:
    _take(conninfo, MINE)
    if settled:
        _settle(store)
    ask(conninfo, lambda reader: keep_answer(reader, ORGANIZATION, MINE, CREATED))
    assert _take(conninfo, OTHERS) == CREATED


def test_a_request_that_changed_nothing_frees_its_key(conninfo: str) -> None:
    _take(conninfo, MINE)
    ask(conninfo, lambda reader: release_claim(reader, ORGANIZATION, MINE))
    assert _take(conninfo, OTHERS, "d2") is None


def test_a_request_that_changed_something_does_not_free_its_key(conninfo: str, store: Store) -> None:
    _take(conninfo, MINE)
    _settle(store)
    ask(conninfo, lambda reader: release_claim(reader, ORGANIZATION, MINE))
    _age(conninfo, "61 seconds")
    assert _take(conninfo, OTHERS) == Settled(1)


def test_a_claim_whose_process_died_is_free_after_a_minute_and_not_before(conninfo: str) -> None:
    _take(conninfo, MINE)
    _age(conninfo, "50 seconds")
    assert _take(conninfo, OTHERS) is Unanswered.UNDER_WAY
    _age(conninfo, "61 seconds")
    assert _take(conninfo, OTHERS) is None
    ask(conninfo, lambda reader: keep_answer(reader, ORGANIZATION, MINE, CREATED))
    assert _take(conninfo, uuid4()) is Unanswered.UNDER_WAY, "who lost the claim answers for it no more"


def test_a_settled_claim_is_kept_for_a_day_and_then_forgotten(conninfo: str, store: Store) -> None:
    _take(conninfo, MINE)
    _settle(store)
    _age(conninfo, "23 hours")
    assert _take(conninfo, OTHERS) == Settled(1)
    _age(conninfo, "25 hours")
    assert _take(conninfo, OTHERS) is None
    assert _take(conninfo, uuid4()) is Unanswered.UNDER_WAY


def test_claims_of_yesterday_are_swept_away_by_the_next_one(conninfo: str) -> None:
    _take(conninfo, MINE)
    _age(conninfo, "25 hours")
    assert _take(conninfo, OTHERS, key="k2") is None
    assert [row[1] for row in everything(conninfo)["idempotent_requests"]] == ["k2"]


def test_a_claim_whose_reply_was_lost_is_held_by_who_made_it(conninfo: str) -> None:
    async def take() -> Answer | Settled | Unanswered | None:
        async with Reader(proxy.conninfo) as reader:
            await reader.rows("SELECT 1")
            proxy.lose_the_next_reply_to_a_commit()
            return await take_claim(reader, ORGANIZATION, "k1", MINE, "d1")

    with TemporaryDirectory(prefix="kr") as folder, PostgresProxy(conninfo, Path(folder)) as proxy:
        assert asyncio.run(take()) is None
        assert proxy.lost == 1
    assert _take(conninfo, OTHERS) is Unanswered.UNDER_WAY


def test_a_claim_that_vanishes_while_it_is_looked_at_counts_as_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_rows(*_: object) -> list[tuple[object, ...]]:
        return []

    reader = Reader("host=nowhere")
    monkeypatch.setattr(reader, "rows", no_rows)
    taken = take_claim(reader, ORGANIZATION, "k1", MINE, "d1")
    assert asyncio.run(_result(taken)) is Unanswered.UNDER_WAY


async def _result(awaitable: Awaitable[T]) -> T:
    return await awaitable
