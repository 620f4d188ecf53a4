"""What a process knows of itself."""

from typing import NamedTuple


class ProcessFacts(NamedTuple):
    """The state of one moment.

    Attributes:
        position: the log position that calls are routed by.
        under_way: calls under way.
        flush_lag: for how many seconds the oldest call has been over that is in no table.
        left_out: calls that could not be kept for the table.
    """

    position: int
    under_way: int
    flush_lag: float
    left_out: int
