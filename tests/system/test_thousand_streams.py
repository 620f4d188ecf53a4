"""A thousand streams at once through one process: all arrive whole, and none leaves anything behind.

``pytest -rP`` prints what they took.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from api.open_files import allow_many_open_files
from tests.support.call_vendors import CallVendor, Heard, Said, said_events
from tests.support.chat_shapes import DONE, chunk
from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_process import ADMIN_TOKEN, KeyrollProcess
from tests.support.raw_streams import RawStreams, is_whole
from tests.support.service import as_service
from tests.support.steps import add_model, add_provider

STREAMS: Final = 1_000
WAVES: Final = 4
_PIECE: Final = chunk({"content": "x" * 4_000})
_PIECES: Final = 20
_BYTES_OF_A_WAVE: Final = STREAMS * _PIECES * len(_PIECE)
_GROWTH: Final = 24_000_000
"""Bytes that two waves may add. A process that kept what passes through would grow by seven times as much."""

_OPEN_STREAM: Final = 200_000
"""Bytes that a stream may take while it is open."""


class _Vendor(CallVendor):
    """Sends the first piece at once, and the others when all have asked."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        super().__init__(self._halting)

    def _halting(self, heard: Heard) -> Said:
        del heard
        return said_events(_PIECE, self.go_on, *([_PIECE] * (_PIECES - 1)), chunk({}, "stop"), DONE)


@pytest.fixture
def vendor() -> Iterator[_Vendor]:
    allow_many_open_files()
    with _Vendor() as made:
        yield made
        made.go_on.set()


@pytest.fixture
def keyroll(conninfo: str, tmp_path: Path) -> Iterator[KeyrollProcess]:
    settings = {
        "KEYROLL_DATABASE_URL": as_service(conninfo),
        "KEYROLL_ENV": "development",
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8",
    }
    with KeyrollProcess(tmp_path / "data", settings) as running:
        yield running


def _memory(process: int) -> int:
    """The bytes that it has in memory."""
    told = subprocess.check_output(["ps", "-o", "rss=", "-p", str(process)])  # noqa: S607  # POSIX
    return int(told) * 1024


def test_a_thousand_streams_at_once_arrive_whole_and_leave_nothing_behind(
    keyroll: KeyrollProcess, vendor: _Vendor
) -> None:
    provider = add_provider(
        keyroll.http, "Box", provider_type="openai_completions", base_url=vendor.base_url, api_key="sk-b"
    )
    add_model(keyroll.http, provider, "m")
    streams = RawStreams(keyroll.url, ADMIN_TOKEN, "m")
    before = _memory(keyroll.process.pid)
    after: list[int] = []
    for _ in range(WAVES):
        open_now = _wave(streams, vendor, keyroll)
        after.append(_memory(keyroll.process.pid))
        assert open_now - before < STREAMS * _OPEN_STREAM
        print(f"{before / 1e6:.0f} MB before, {open_now / 1e6:.0f} while open, {after[-1] / 1e6:.0f} after")  # noqa: T201  # the figures
    grown = after[-1] - after[-3]
    print(f"two waves passed {2 * _BYTES_OF_A_WAVE / 1e6:.0f} MB and left {grown / 1e6:.1f} MB")  # noqa: T201  # likewise
    assert grown < _GROWTH < 2 * _BYTES_OF_A_WAVE / 5


def _wave(streams: RawStreams, vendor: _Vendor, keyroll: KeyrollProcess) -> int:
    """All at once, to their end. Returns the memory while all are open."""
    vendor.go_on.clear()

    async def all_at_once() -> tuple[int, list[bytes]]:
        coming = asyncio.ensure_future(streams.many(STREAMS))
        await asyncio.to_thread(wait_until, lambda: vendor.open == STREAMS)
        memory = await asyncio.to_thread(_memory, keyroll.process.pid)
        vendor.go_on.set()
        return memory, await coming

    memory, answers = asyncio.run(all_at_once())
    assert [is_whole(answer, _PIECES) for answer in answers] == [True] * STREAMS
    wait_until(lambda: vendor.open == 0)
    return memory


def test_the_measure_sees_what_a_process_keeps() -> None:
    keeping = "import sys; sys.stdin.read(1); kept = b'x' * 100_000_000; print(flush=True); sys.stdin.read(1)"
    with subprocess.Popen(
        [sys.executable, "-c", keeping], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before = _memory(process.pid)
        process.stdin.write(b"x")
        process.stdout.readline()
        assert _memory(process.pid) - before > 90_000_000
        process.stdin.write(b"x")
