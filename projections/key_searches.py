"""Searches for a key have no table: the audit trail shows them, and nothing else asks for them."""

from typing import NamedTuple
from uuid import UUID

from domain.audit import KeySearched
from domain.event import Recorded
from projections.read_model import ReadModel


class NoRow(NamedTuple):
    """There never is one."""

    id: UUID


def fold(_row: NoRow | None, _recorded: Recorded[KeySearched]) -> None:
    """No row."""


KEY_SEARCHES = ReadModel(table="", row=NoRow, follows=(KeySearched,), fold=fold)
