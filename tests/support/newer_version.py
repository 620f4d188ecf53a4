"""A version of Keyroll that is newer by one column, for tests of how versions follow each other."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from adapters.postgres.shapes import Shape, shape_of
from projections.all import READ_MODELS
from projections.read_model import ReadModel
from projections.tokens import TOKENS, TokenRow


class NewerTokenRow(NamedTuple):
    """A token's row, which also says how long its name is."""

    id: UUID
    organization: UUID
    version: int
    name: str
    name_key: str
    role: str
    verifier: str
    created_at: datetime
    created_by: str
    name_length: int


def _fold(row: NewerTokenRow | None, recorded: Any) -> NewerTokenRow | None:
    older = TokenRow(*row[:-1]) if row is not None else None
    folded = TOKENS.fold(older, recorded)
    return None if folded is None else NewerTokenRow(*folded, name_length=len(folded.name))


NEWER_TOKENS = ReadModel(
    table="tokens", row=NewerTokenRow, follows=TOKENS.follows, fold=_fold, version=TOKENS.version + 1
)


def become_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, what starts in this process knows the newer version."""
    newer = tuple(NEWER_TOKENS if one is TOKENS else one for one in READ_MODELS)
    for module in ("row_writer", "recorder", "rebuild_versions", "datastore"):
        monkeypatch.setattr(f"adapters.postgres.{module}.READ_MODELS", newer)
    monkeypatch.setattr("adapters.postgres.rebuild_table.shape_of", _shape_of)


def _shape_of(read_model: ReadModel[Any], table: str) -> Shape:
    shape = shape_of(read_model, table)
    if read_model is not NEWER_TOKENS:
        return shape
    wider = shape.table.replace(
        "created_by text NOT NULL", "created_by text NOT NULL, name_length int NOT NULL"
    )
    return Shape(wider, shape.indexes)
