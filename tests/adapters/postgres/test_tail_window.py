"""The newest stretch of the log in memory: bounded, and never with a gap."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.tail_window import Told, Window

ONE, OTHER = UUID(int=1), UUID(int=2)


def _told(position: int, organization: UUID = ONE, size: int = 10) -> Told:
    return Told(position, organization, "provider.created.v1", b"x" * size)


def test_it_shows_an_organization_its_own_events_after_a_position() -> None:
    window = Window()
    window.extend([_told(1), _told(2, OTHER), _told(3), _told(4, OTHER)])
    page = window.after(1, ONE, 10)
    assert [event.position for event in page.events] == [3]
    assert page.position == 4, "what is others' need not be asked for again"


def test_a_full_page_ends_where_it_was_full() -> None:
    window = Window()
    window.extend([_told(position) for position in range(1, 6)])
    page = window.after(0, ONE, 2)
    assert [event.position for event in page.events] == [1, 2]
    assert page.position == 2


def test_who_is_ahead_of_the_log_stays_there() -> None:
    window = Window()
    window.extend([_told(1)])
    assert window.after(9, ONE, 10) == ([], 9)


def test_the_oldest_go_when_it_holds_too_many_or_too_much() -> None:
    window = Window(most_events=3, most_bytes=100)
    window.extend([_told(position) for position in range(1, 6)])
    assert (window.floor, window.head, window.size) == (2, 5, (3, 30))
    window.extend([_told(6, size=90)])
    assert (window.floor, window.head, window.size) == (4, 6, (2, 100))


def test_a_single_event_that_is_too_large_leaves_it_empty_and_behind() -> None:
    window = Window(most_bytes=100)
    window.extend([_told(1, size=101)])
    assert (window.floor, window.head, window.size) == (1, 1, (0, 0))


def test_a_jump_forgets_what_was_before() -> None:
    window = Window()
    window.extend([_told(1)])
    window.jump(50)
    assert (window.floor, window.head, window.size) == (50, 50, (0, 0))
    window.extend([_told(51)])
    assert [event.position for event in window.after(50, ONE, 10).events] == [51]


@given(
    batches=st.lists(st.lists(st.sampled_from([ONE, OTHER]), min_size=1, max_size=5), max_size=12),
    limit=st.integers(1, 4),
)
def test_page_by_page_from_the_floor_on_nothing_is_missed_or_twice(
    batches: list[list[UUID]], limit: int
) -> None:
    window = Window(most_events=7)
    log: list[Told] = []
    for batch in batches:
        events = [_told(len(log) + number, owner) for number, owner in enumerate(batch, 1)]
        log.extend(events)
        window.extend(events)
    position = window.floor
    seen: list[Told] = []
    while position < window.head:
        page = window.after(position, ONE, limit)
        seen.extend(page.events)
        position = page.position
    assert seen == [event for event in log if event.position > window.floor and event.organization == ONE]
