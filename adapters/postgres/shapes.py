"""The shape of a read model's table, in which a rebuild makes it: one file of SQL for each."""

from importlib.resources import files
from typing import Any, Final, NamedTuple

from projections.read_model import ReadModel

_INDEXES: Final = "-- indexes\n"


class Shape(NamedTuple):
    """The statements that make a table, and those that make its indexes, which cost less after the rows.

    The primary key is the table's: rows come in its order, which costs least while they come.
    Every name in them begins with that of the table, so that it can be made beside one of the same shape.
    """

    table: str
    indexes: str


def shape_of(read_model: ReadModel[Any], table: str) -> Shape:
    """The shape under the name of this table."""
    text = files("adapters.postgres").joinpath(f"read_models/{read_model.table}.sql").read_text()
    made, _, indexes = text.partition(_INDEXES)
    return Shape(made.replace("{table}", table), indexes.replace("{table}", table))
