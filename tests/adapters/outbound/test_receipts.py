import asyncio
from collections.abc import AsyncIterator

import httpcore
import pytest

from adapters.outbound.receipt import LONGEST_WORDS, Receipt, read_receipt
from domain.secret import Secret
from tests.support.examples import NOON


def _receipt(
    *chunks: bytes, status: int = 500, secrets: tuple[Secret, ...] = (), **headers: str
) -> tuple[Receipt, int]:
    """What is made of an answer, and how many of its chunks were asked for."""
    asked = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal asked
        for chunk in chunks:
            asked += 1
            yield chunk

    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    receipt = asyncio.run(
        read_receipt(httpcore.Response(status, headers=sent, content=body()), secrets, NOON)
    )
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
        ({}, None),
        ({"Retry_After": "120"}, 120.0),
        ({"retry_after": " 1.5 "}, 1.5),
        ({"Retry_After": "Mon, 23 Nov 2026 12:01:00 GMT"}, 60.0),
        ({"Retry_After": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"Retry_After": "soon"}, None),
    ],
)
def test_a_receiver_says_when_to_come_back(said: dict[str, str], seconds: float | None) -> None:
    receipt, _ = _receipt(b"", status=503, **said)
    assert receipt.retry_after == seconds
