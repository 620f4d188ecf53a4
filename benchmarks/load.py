"""A client that keeps a number of connections busy, in a process of its own so that it shares no lock.

Run as ``python -m benchmarks.load PORT TOKEN CONNECTIONS SECONDS``; prints answers per second.
"""

import asyncio
import subprocess
import sys
import time
from typing import cast
from uuid import uuid4

import msgspec
import uvloop

_CREATED = b"HTTP/1.1 201 "


def requests_per_second(port: int, token: str, *, connections: int, seconds: float) -> float:
    """POST providers with keys for some seconds, over kept connections, each waiting for its answer.

    Raises:
        subprocess.CalledProcessError: an answer was not 201.
    """
    command = [sys.executable, "-m", "benchmarks.load", str(port), token, str(connections), str(seconds)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


class _Connection(asyncio.Protocol):
    """Sends a request, waits for the whole answer, and sends the next, until the time is over."""

    def __init__(self, port: int, token: str, end: float) -> None:
        self._head = (
            f"POST /v1/llm-providers HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n"
            "content-type: application/json\r\ncontent-length: "
        ).encode()
        self._end = end
        self._answer = b""
        self.answers = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not _is_whole(self._answer):
            return
        if not self._answer.startswith(_CREATED):
            self.over.set_exception(RuntimeError(self._answer.decode()))
        elif time.perf_counter() < self._end:
            self.answers += 1
            self._send()
        else:
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionResetError("the server closed a kept connection"))

    def _send(self) -> None:
        self._answer = b""
        body = msgspec.json.encode(
            {
                "name": f"provider {uuid4()}",
                "provider_type": "openai",
                "api_key": "sk-benchmark-0123456789",
                "base_url": None,
            }
        )
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(length) and len(body) >= int(length)


async def _load(port: int, token: str, connections: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    made = [
        (
            await loop.create_connection(
                lambda: _Connection(port, token, started + seconds), "127.0.0.1", port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.over for connection in made))
    return sum(connection.answers for connection in made) / seconds


if __name__ == "__main__":
    _port, _token, _connections, _seconds = sys.argv[1:]
    print(uvloop.run(_load(int(_port), _token, int(_connections), float(_seconds))))
