"""Server-sent events are read as the HTML standard says, in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drivers.calls.sse import EventTooLarge, ServerSentEvent, SseReader


def _read(*pieces: bytes) -> list[ServerSentEvent]:
    reader = SseReader()
    return [event for piece in pieces for event in reader.feed(piece)]


STREAM = (
    b"\xef\xbb\xbf: a comment\r\n"
    b"data: first\r\ndata:second\r\n\r\n"
    b"event: named\rid: 7\rretry: 10\rdata: \xc3\xa4\xf0\x9f\x91\x8b\r\r"
    b"event: without data\n\n"
    b"unknown: x\ndata\n\n"
    b"data:  two spaces\n\n"
)
EVENTS = [
    ServerSentEvent("", b"first\nsecond"),
    ServerSentEvent("named", "ä👋".encode()),
    ServerSentEvent("", b""),
    ServerSentEvent("", b" two spaces"),
]


def test_all_line_ends_fields_and_comments_are_read() -> None:
    assert _read(STREAM) == EVENTS


def test_bytes_may_come_one_by_one() -> None:
    assert _read(*(bytes([byte]) for byte in STREAM)) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=30).map(sorted))
def test_bytes_may_come_in_any_pieces(cuts: list[int]) -> None:
    assert _read(*(STREAM[start:end] for start, end in pairwise([0, *cuts, len(STREAM)]))) == EVENTS


def test_an_empty_piece_between_the_two_halves_of_a_line_end_changes_nothing() -> None:
    assert _read(b"data: a\r", b"", b"\ndata: b\r\n\r\n") == [ServerSentEvent("", b"a\nb")]


def test_an_event_is_told_when_its_line_ends_and_does_not_wait_for_the_next_byte() -> None:
    reader = SseReader()
    assert list(reader.feed(b"data: a\r\r")) == [ServerSentEvent("", b"a")]
    assert list(reader.feed(b"\n")) == []


def test_an_event_that_no_empty_line_ends_is_none() -> None:
    assert _read(b"data: a\n\ndata: b\n") == [ServerSentEvent("", b"a")]


def test_only_a_mark_at_the_very_beginning_is_no_part_of_a_line() -> None:
    assert _read(b"data: a\n\n\xef\xbb\xbfdata: b\n\n") == [ServerSentEvent("", b"a")]


@pytest.mark.parametrize(
    "pieces",
    [
        (b"data: 0123456789\n",),
        (b"data: 0123", b"456789"),
        (b"data: 012345\n", b"data: 678901\n"),
    ],
)
def test_lines_and_events_have_a_bound(pieces: tuple[bytes, ...]) -> None:
    reader = SseReader(largest_event=12)
    *accepted, last = pieces
    for piece in accepted:
        assert list(reader.feed(piece)) == []
    with pytest.raises(EventTooLarge):
        list(reader.feed(last))


def test_events_up_to_the_bound_are_read_one_after_another() -> None:
    reader = SseReader(largest_event=12)
    assert len(list(reader.feed(b"data: abc\n\n" * 5))) == 5
