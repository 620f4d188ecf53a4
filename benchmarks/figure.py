"""One figure: what was measured, and the limit that it must keep."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple


class Figure(NamedTuple):
    """A measure of one row of the table.

    Attributes:
        row: the row's number.
        measure: what was measured, in a few words.
        ours: what Keyroll took, with its unit.
        raw: what the comparator took; empty where the limit is absolute.
        value: what the limit is about: a ratio, seconds, or megabytes.
        limit: the limit.
        at_least: whether the limit is a lower bound.
    """

    row: int
    measure: str
    ours: str
    raw: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Stopwatch:
    """The seconds that a block took, once it has ended."""

    seconds: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time a block, after collecting the garbage that is not its own."""
    gc.collect()
    taken = Stopwatch()
    started = time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - started


def medians_in_turn(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure, taken in turn (a, b, a, b, …), so that all meet the same weather.

    A first round warms up and is not counted.
    """
    taken = [[measure() for measure in measures] for _ in range(rounds + 1)][1:]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def milliseconds(seconds: float) -> str:
    """For people: 1.23 ms."""
    return f"{seconds * 1000:,.2f} ms"


def ratio(row: int, measure: str, *, ours: float, raw: float, limit: float) -> Figure:
    """A figure from two medians in seconds."""
    return Figure(row, measure, milliseconds(ours), milliseconds(raw), ours / raw, limit)
