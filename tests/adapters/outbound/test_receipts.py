import asyncio
from collections.abc import AsyncIterator

import httpcore
import pytest

from adapters.outbound.receipt import LONGEST_WORDS, Receipt, read_receipt
from domain.secret import Secret
from tests.support.examples import NOON


def _receipt(
    *chunks: bytes, secrets: tuple[Secret, ...] = (), headers: list[tuple[bytes, bytes]] | None = None
) -> tuple[Receipt, int]:
    """What is made of an answer, and how many of its chunks were asked for."""
    asked = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        for chunk in chunks:
            asked += 1
            yield chunk

    response = httpcore.Response(503, headers=headers, content=body())
    receipt = asyncio.run(read_receipt(response, secrets, NOON.replace(microsecond=0)))
    return receipt, asked


def test_of_an_endless_body_little_is_read_and_less_is_kept() -> None:
    receipt, asked = _receipt(*[b"x" * 1000] * 100)
    assert asked == 5
    assert len(receipt.words) == LONGEST_WORDS
    assert receipt.words.endswith("…")


def test_words_are_one_line_without_secrets() -> None:
    receipt, _ = _receipt(b"no\r\nroom for s3cr3t-s3cr3t \xff", secrets=(Secret("s3cr3t-s3cr3t"),))
    assert receipt.words == "no room for [redacted] \ufffd"


def test_any_success_takes_the_message_and_nothing_else_does() -> None:
    taken = [status for status in range(200, 600) if Receipt(status, "").taken]
    assert taken == list(range(200, 300))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (b"120", 120.0),
        (b" 1.5 ", 1.5),
        (b"Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        (b"Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        (b"soon", None),
    ],
)
def test_a_receiver_says_when_to_come_back(said: bytes, seconds: float | None) -> None:
    assert _receipt(b"", headers=[(b"Retry-After", said)])[0].retry_after == seconds


def test_one_that_says_nothing_of_it_asks_for_no_wait() -> None:
    assert _receipt(b"")[0].retry_after is None
