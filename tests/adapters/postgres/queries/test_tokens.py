from uuid import UUID

from adapters.postgres.queries.tokens import page_of_tokens
from adapters.postgres.store import Store
from tests.support.examples import NOON, ORGANIZATION
from tests.support.reading import ask
from tests.support.writes import meta, token


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
