"""A token is recognized by what the database says now."""

import asyncio
from contextlib import aclosing

from adapters.postgres.own_connection import OwnConnection
from adapters.postgres.reader import Reader
from adapters.postgres.recognizer import Bearer, Recognizer
from adapters.postgres.store import Decided, Store
from api.commands.core import TOKEN
from domain.access import TokenRevoked
from tests.support.examples import NOON, ORGANIZATION
from tests.support.tables import end_all_connections
from tests.support.writes import meta, token


def _recognize(conninfo: str, *verifiers: str, after_a_loss: bool = False) -> list[Bearer | None]:
    async def begin() -> list[Bearer | None]:
        async with aclosing(OwnConnection(conninfo)) as connection, Reader(conninfo) as reader:
            recognizer = Recognizer(connection, reader)
            if after_a_loss:
                await recognizer.recognize("first")
                end_all_connections(conninfo)
            return await asyncio.gather(*map(recognizer.recognize, verifiers))

    return asyncio.run(begin())


def test_live_tokens_are_recognized_also_all_at_once(store: Store, conninfo: str) -> None:
    store.append([token("ci"), token("ada")], meta(), NOON)
    found = _recognize(conninfo, "verifier of ci", "verifier of nobody", "verifier of ada", "verifier of ci")
    names = [bearer and (bearer.organization, bearer.name) for bearer in found]
    assert names == [(ORGANIZATION, "ci"), None, (ORGANIZATION, "ada"), (ORGANIZATION, "ci")]


def test_a_revoked_token_is_not(store: Store, conninfo: str) -> None:
    issued = token("ci")
    store.append([issued], meta(), NOON)
    revoked = Decided(store.load(TOKEN, issued.stream.id), (TokenRevoked(name="ci"),))
    store.append([revoked], meta(), NOON)
    assert _recognize(conninfo, "verifier of ci") == [None]


def test_a_connection_that_died_is_replaced(store: Store, conninfo: str) -> None:
    store.append([token("ci")], meta(), NOON)
    (bearer,) = _recognize(conninfo, "verifier of ci", after_a_loss=True)
    assert bearer is not None
    assert bearer.name == "ci"
