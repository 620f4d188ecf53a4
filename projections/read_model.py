"""What a read model is: a table, the events it follows, and a pure fold of one stream into one row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from domain.event import Event, Recorded

Row = TypeVar("Row", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class ReadModel(Generic[Row]):
    """One table of the API's answers.

    A row folds exactly one stream and bears its ``id`` and ``version``. So the conflict check on the stream
    guards the row as well: whoever writes version n has folded all versions before it.

    Attributes:
        table: the table's name.
        row: the row's type; its fields are the table's columns, ``id`` first.
        follows: the events that the fold knows.
        fold: from a row, or None before the first event, and the next event of its stream, to the row, or
            to None when the row goes.
        version: counts the table's shapes. Whoever changes the row's columns, or what the fold makes of an
            event, raises it: the table is then built anew beside the old one when a process first starts.
    """

    table: str
    row: type[Row]
    follows: tuple[type[Event], ...]
    fold: Callable[[Row | None, Recorded[Any]], Row | None]
    version: int = 1
