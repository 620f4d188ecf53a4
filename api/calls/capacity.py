"""How many calls a process serves at once. Beyond that it says so, instead of letting them queue up."""

from typing import Final

from api.calls.refusals import CallRefused

MOST_CALLS: Final = 2_000
"""Calls under way at once, streams included."""


class Capacity:
    """Counts the calls that are under way."""

    def __init__(self, most: int = MOST_CALLS) -> None:
        self._most = most
        self.under_way = 0

    def take(self) -> None:
        """Take the room for one call; give it back afterwards. Raises CallRefused: 503, there is none."""
        if self.under_way >= self._most:
            raise CallRefused(
                503,
                "busy",
                f"This process serves {self._most:,} calls already. Try again in a second.",
                headers={"Retry-After": "1"},
            )
        self.under_way += 1

    def give_back(self) -> None:
        """The call has ended."""
        self.under_way -= 1
