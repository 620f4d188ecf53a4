"""All that an organization has, for its deletion, read and destroyed while nobody else writes."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL

from adapters.postgres.columns import columns_of
from adapters.postgres.store import Appended, Prepared, Store
from projections.models import ModelRow

_PROVIDERS: Final = b"SELECT id FROM llm_providers WHERE organization = %s ORDER BY id"
_TOKENS: Final = b"SELECT id FROM tokens WHERE organization = %s ORDER BY id"
_WEBHOOKS: Final = b"SELECT id FROM webhooks WHERE organization = %s ORDER BY id"
_RUNNING: Final = b"SELECT id FROM syncs WHERE organization = %s AND status = 'running' ORDER BY id"
_MODELS: Final = SQL("SELECT {} FROM llm_models WHERE organization = %s AND NOT deleted ORDER BY id").format(
    columns_of(ModelRow)
)
_DESTROY: Final = b"DELETE FROM sealed_keys WHERE organization = %s"


class Contents(NamedTuple):
    """What an organization has: streams by their ids, and models, of which there are many, by their rows.

    ``keys`` is how many sealed keys it had a moment ago.
    """

    providers: list[UUID]
    tokens: list[UUID]
    webhooks: list[UUID]
    running_syncs: list[UUID]
    models: list[ModelRow]
    keys: int


def end_organization(store: Store, organization: UUID, decide: Callable[[Contents], Prepared]) -> Appended:
    """Destroy all its sealed keys, and append what is decided on all that it has, while nobody else writes.

    All of it is one transaction: if the decision is a refusal, nothing is destroyed.

    Raises:
        WriteRefused: see its subclasses. Nothing was written.
        StoreUnavailable: PostgreSQL does not answer. If that was at the end, it may have been written.
    """
    return store.append_alone(lambda connection: decide(_emptied(connection, organization)))


def _emptied(connection: Connection[Any], organization: UUID) -> Contents:
    providers, tokens, webhooks, running = (
        [id_ for (id_,) in connection.execute(query, [organization]).fetchall()]
        for query in (_PROVIDERS, _TOKENS, _WEBHOOKS, _RUNNING)
    )
    models = connection.execute(_MODELS, [organization], binary=True).fetchall()
    keys = connection.execute(_DESTROY, [organization]).rowcount
    return Contents(providers, tokens, webhooks, running, [ModelRow(*row) for row in models], keys)
