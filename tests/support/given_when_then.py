"""Tests of decisions as sentences: given these events, when this is decided, then these events follow."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from domain.event import Event

State = TypeVar("State")
P = ParamSpec("P")

Evolve = Callable[[State | None, Any], State]


def fold(evolve: Evolve[State], state: State | None, events: Sequence[Event]) -> State | None:
    """The state after the events."""
    for event in events:
        state = evolve(state, event)
    return state


class Then(Generic[State]):
    """What was decided.

    Attributes:
        events: the events that follow.
        state: the state after them.
    """

    def __init__(
        self, events: Sequence[Event], state: State, again: Callable[[State], Sequence[Event]]
    ) -> None:
        self.events = tuple(events)
        self.state = state
        self._again = again

    def then(self, *expected: Event) -> None:
        """Exactly these events follow, in this order; and asked once more, nothing does."""
        assert self.events == expected
        assert tuple(self._again(self.state)) == (), "the same command again must yield nothing"

    def then_nothing(self) -> None:
        """The command asks for what is true already."""
        assert self.events == ()


class Given(Generic[State]):
    """A history, and the state it left."""

    def __init__(self, evolve: Evolve[State], first: Event, *later: Event) -> None:
        self._evolve = evolve
        state = fold(evolve, None, (first, *later))
        assert state is not None
        self.state: State = state

    def when(
        self, decide: Callable[Concatenate[State, P], Sequence[Event]], *args: P.args, **kwargs: P.kwargs
    ) -> Then[State]:
        """Decide on the state."""

        def decided(state: State) -> Sequence[Event]:
            return decide(state, *args, **kwargs)

        events = decided(self.state)
        after = fold(self._evolve, self.state, events)
        assert after is not None
        return Then(events, after, decided)
