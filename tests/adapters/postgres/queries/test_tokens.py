from uuid import UUID

from adapters.postgres.queries.tokens import page_of_tokens, recognize_token
from adapters.postgres.store import Decided, Store
from api.commands.core import TOKEN
from domain.access import TokenRevoked
from tests.support.examples import NOON, ORGANIZATION
from tests.support.reading import ask
from tests.support.writes import meta, token


def test_a_token_is_recognized_by_its_verifier_until_it_is_revoked(store: Store, conninfo: str) -> None:
    issued = token("ci")
    rows = store.append([issued, token("other")], meta(), NOON).rows
    assert ask(conninfo, lambda reader: recognize_token(reader, "verifier of ci")) == rows[issued.stream.id]
    assert ask(conninfo, lambda reader: recognize_token(reader, "verifier of c")) is None
    revoked = Decided(store.load(TOKEN, issued.stream.id), (TokenRevoked(name="ci"),))
    store.append([revoked], meta(), NOON)
    assert ask(conninfo, lambda reader: recognize_token(reader, "verifier of ci")) is None


def test_an_organizations_tokens_are_paged_by_their_ids(store: Store, conninfo: str) -> None:
    rows = store.append([token("a"), token("b"), token("c")], meta(), NOON).rows
    store.append([token("theirs")], meta(UUID(int=9)), NOON)
    ids = sorted(rows)

    def page(after: UUID, limit: int) -> list[UUID]:
        found = ask(conninfo, lambda reader: page_of_tokens(reader, ORGANIZATION, after=after, limit=limit))
        assert all(row == rows[row.id] for row in found)
        return [row.id for row in found]

    assert page(UUID(int=0), 2) == ids[:2]
    assert page(ids[1], 2) == ids[2:]
    assert page(ids[2], 2) == []
