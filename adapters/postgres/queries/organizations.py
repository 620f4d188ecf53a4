"""All organizations of the database, for those who operate it."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.store import Store


class OrganizationFound(NamedTuple):
    """An organization, and how much it has.

    ``name`` is None for one that an earlier Keyroll made and that nobody has named since: its id is a digest
    of its name, from which the name cannot be had. ``created_at`` is the time of its first event.
    """

    id: UUID
    name: str | None
    created_at: datetime
    deleted_at: datetime | None
    providers: int
    models: int
    tokens: int


_ALL: Final = b"""
    WITH known AS (
        SELECT id, name, deleted_at FROM organizations
        UNION ALL
        SELECT id, NULL, NULL FROM (
            SELECT organization FROM tokens UNION SELECT organization FROM llm_providers
        ) AS used (id)
        WHERE id NOT IN (SELECT id FROM organizations)
    )
    SELECT id, name,
        (
            SELECT occurred_at FROM stored_events WHERE organization = known.id
            ORDER BY notification_id LIMIT 1
        ),
        deleted_at,
        (SELECT count(*) FROM llm_providers WHERE organization = known.id),
        (SELECT count(*) FROM llm_models WHERE organization = known.id AND NOT deleted),
        (SELECT count(*) FROM tokens WHERE organization = known.id)
    FROM known ORDER BY name, id
"""


def all_organizations(store: Store) -> list[OrganizationFound]:
    """By name, those without one last, the deleted ones too."""
    rows = store.log.run(lambda connection: connection.execute(_ALL).fetchall())
    return [OrganizationFound(*row) for row in rows]
