"""Models, each with what it takes from its provider and the default."""

from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from psycopg.sql import SQL, Composable, Composed

from adapters.postgres.columns import columns_of
from adapters.postgres.reader import Rows
from projections.models import ModelRow

StatusFilter: TypeAlias = Literal["active", "disabled", "all"]


class ModelFound(NamedTuple):
    """A model, what its answer takes from its provider, and whether it is the default, or stale."""

    row: ModelRow
    provider_name: str
    provider_status: str
    provider_type: str
    provider_base_url: str | None
    provider_has_key: bool
    last_synced_at: datetime | None
    is_default: bool
    stale: bool


class ModelFilter(NamedTuple):
    """Which models a list shows.

    Attributes:
        provider_id: of this provider.
        source: of this source.
        status: ``active``: the model and its provider are; ``disabled``: one of them is; or ``all``.
        include_stale: also those that the provider no longer lists.
        text: whose id or display name contains this, without regard to case.
        retiring_by: that are gone at this instant, by their vendor's or a person's word.
    """

    provider_id: UUID | None = None
    source: str | None = None
    status: StatusFilter = "active"
    include_stale: bool = False
    text: str | None = None
    retiring_by: datetime | None = None


# A large run writes its marks before its end, and it is the end that makes them true.
_STALE: Final = SQL("(m.stale AND m.last_seen_at < synced.at) IS TRUE")
_SELECT: Final = SQL("""
    SELECT {model}, p.name, p.status, p.provider_type, p.base_url, p.key_id IS NOT NULL,
        synced.at, d.default_id IS NOT NULL, {stale}
    FROM llm_models m
    JOIN llm_providers p ON p.id = m.provider_id
    LEFT JOIN LATERAL (
        SELECT max(finished_at) AS at FROM syncs WHERE provider_id = p.id AND status = 'success'
    ) synced ON true
    LEFT JOIN default_models d ON d.default_id = m.id
    WHERE m.organization = %(organization)s AND NOT m.deleted
""").format(model=columns_of(ModelRow, "m"), stale=_STALE)
_ORDER: Final = SQL("""
    AND (m.model_id COLLATE "C", m.id) > (%(after_model)s, %(after_id)s)
    ORDER BY m.model_id COLLATE "C", m.id LIMIT %(limit)s
""")
_STATUS: Final = {
    "active": SQL(" AND m.status = 'active' AND p.status = 'active'"),
    "disabled": SQL(" AND (m.status = 'disabled' OR p.status = 'disabled')"),
    "all": SQL(""),
}
_WIDTH: Final = len(ModelRow._fields)


async def find_model(reader: Rows, organization: UUID, model_id: UUID) -> ModelFound | None:
    """The organization's model of this id."""
    rows = await reader.rows(
        _SELECT + SQL(" AND m.id = %(id)s"), {"organization": organization, "id": model_id}
    )
    return _found(rows[0]) if rows else None


async def find_default(reader: Rows, organization: UUID) -> ModelFound | None:
    """The organization's default model."""
    rows = await reader.rows(_SELECT + SQL(" AND d.default_id = m.id"), {"organization": organization})
    return _found(rows[0]) if rows else None


async def page_of_models(
    reader: Rows, organization: UUID, wanted: ModelFilter, *, after: tuple[str, UUID], limit: int
) -> list[ModelFound]:
    """The models that the filter shows, by the vendor's id, beyond ``after``."""
    parameters = {
        "organization": organization,
        "provider_id": wanted.provider_id,
        "source": wanted.source,
        "text": None if wanted.text is None else _containing(wanted.text),
        "retiring_by": wanted.retiring_by,
        "after_model": after[0],
        "after_id": after[1],
        "limit": limit,
    }
    return [_found(row) for row in await reader.rows(_SELECT + _where(wanted) + _ORDER, parameters)]


def _where(wanted: ModelFilter) -> Composed:
    conditions: list[Composable] = [_STATUS[wanted.status]]
    if wanted.provider_id is not None:
        conditions.append(SQL(" AND m.provider_id = %(provider_id)s"))
    if wanted.source is not None:
        conditions.append(SQL(" AND m.source = %(source)s"))
    if not wanted.include_stale:
        conditions.append(SQL(" AND NOT {}").format(_STALE))
    if wanted.text is not None:
        conditions.append(SQL(" AND (m.model_id ILIKE %(text)s OR m.display_name ILIKE %(text)s)"))
    if wanted.retiring_by is not None:
        conditions.append(SQL(" AND m.retires_at <= %(retiring_by)s"))
    return Composed(conditions)


def _containing(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _found(row: tuple[object, ...]) -> ModelFound:
    return ModelFound(ModelRow._make(row[:_WIDTH]), *row[_WIDTH:])  # type: ignore[arg-type]  # the driver's rows are untyped
