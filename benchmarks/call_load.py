"""Callers that keep a number of connections busy, in a process of their own.

Run as ``python -m benchmarks.call_load PORT TOKEN PATH BODY CONNECTIONS SECONDS HEAD``, BODY empty for a GET,
HEAD more lines of heads; prints the number of answers, and the median of their times in seconds.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from typing import Final, NamedTuple, cast

import uvloop

_OK: Final = b"HTTP/1.1 200 "
LOAD_CORE: Final = max(os.sched_getaffinity(0))
"""Where load and vendor run, while the server under measure has another core to itself."""


class Load(NamedTuple):
    """What a load came to: answers a second, how many there were, and the median of their seconds."""

    rate: float
    answers: int
    median: float


def load(
    port: int, token: str, path: str, body: str, *, connections: int, seconds: float, head: str = ""
) -> Load:
    """Ask for some seconds over kept connections, each waiting for its answer.

    ``head``: more lines for the head of each request, each with its end.

    Raises:
        subprocess.CalledProcessError: an answer was not 200.
    """
    arguments = [str(port), token, path, body, str(connections), str(seconds), head]
    command = [sys.executable, "-m", "benchmarks.call_load", *arguments]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()
    return Load(int(told[0]) / seconds, int(told[0]), float(told[1]))


class _Connection(asyncio.Protocol):
    """Asks, waits for the whole answer, and asks again, until the time is over."""

    def __init__(self, request: bytes, end: float) -> None:
        self._request = request
        self._end = end
        self.times: list[float] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _is_whole(self._answer):
            return
        now = time.perf_counter()
        if not self._answer.startswith(_OK):
            self.over.set_exception(RuntimeError(self._answer.decode()))
            return
        if (
            now < self._end or not self.times
        ):  # a server may take longer for its first answer than there is time
            self.times.append(now - self._asked_at)
        if now < self._end:
            self._ask()
        else:
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionResetError("the server closed a kept connection"))

    def _ask(self) -> None:
        self._answer = b""
        self._asked_at = time.perf_counter()
        self._transport.write(self._request)


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length) if length else body.endswith(b"0\r\n\r\n")


async def _load(arguments: list[str]) -> tuple[int, float]:
    port, token, path, body, connections, seconds, head = arguments
    method = "POST" if body else "GET"
    request = (
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\n{head}content-length: {len(body)}\r\n\r\n{body}"
    ).encode()
    end = time.perf_counter() + float(seconds)
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: _Connection(request, end), "127.0.0.1", int(port)))[1]
        for _ in range(int(connections))
    ]
    await asyncio.gather(*(connection.over for connection in made))
    times = [taken for connection in made for taken in connection.times]
    return len(times), statistics.median(times)


if __name__ == "__main__":
    os.sched_setaffinity(0, {LOAD_CORE})
    print(*uvloop.run(_load(sys.argv[1:])))
