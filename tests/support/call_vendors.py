"""Vendors that answer calls, on 127.0.0.1, as the test scripts them.

An asyncio server of its own speaks just enough HTTP/1.1, so that a test decides about every byte, and about
when it comes: ``with CallVendor() as vendor: vendor.say(Said(chunks=[…]))``.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """A request that the vendor got."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """The body, decoded."""
        found: Json = json.loads(self.body)
        return found


@dataclass
class Said:
    """An answer.

    Attributes:
        chunks: the body's pieces; an Event among them waits until it is set.
        status: the HTTP status.
        headers: more headers.
        cut: hang up after the last piece, before the body is whole.
    """

    chunks: Iterable[bytes | threading.Event]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


Answering = Callable[[Heard], Said]


def said_json(body: Any, status: int = 200, **headers: str) -> Said:
    """An answer in one piece."""
    return Said([json.dumps(body).encode()], status, {"content-type": "application/json", **headers})


def said_events(*events: bytes | threading.Event) -> Said:
    """A stream."""
    return Said(events, headers={"content-type": "text/event-stream"})


class CallVendor:
    """Answers every request by what it was told to say, once each, and then by its habit.

    Attributes:
        habit: the answer to a request for which nothing was scripted.
        heard: the requests, in their order.
        gone: how often somebody hung up before an answer was whole.
        open: how many answers are under way.
        connections: how many were made.
    """

    def __init__(self, habit: Answering) -> None:
        self.habit = habit
        self.heard: list[Heard] = []
        self.gone = 0
        self.open = 0
        self.connections = 0
        self._script: list[Said] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def base_url(self) -> str:
        """Where it is, with the path that belongs to it."""
        return f"http://127.0.0.1:{self._port}/v1"

    def say(self, *answers: Said) -> None:
        """Answer the next requests so."""
        self._script.extend(answers)

    def behave(self, habit: Answering) -> None:
        """Forget what was scripted and heard."""
        self.habit = habit
        self.heard.clear()
        self.gone = 0
        self._script.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=2048, limit=2**26)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while heard := await _read_request(reader):
                self.heard.append(heard)
                said = self._script.pop(0) if self._script else self.habit(heard)
                if not await self._answer(said, reader, writer):
                    return
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, said: Said, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer, unless the other side hangs up. Returns whether the connection can be used again."""
        self.open += 1
        answering = asyncio.ensure_future(_write(said, writer))
        hanging_up = asyncio.ensure_future(_hang_up(reader))
        try:
            await asyncio.wait((answering, hanging_up), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() or answering.exception():
                self.gone += 1
                return False
            return not said.cut
        finally:
            self.open -= 1
            for future in (answering, hanging_up):
                future.cancel()
            await asyncio.gather(answering, hanging_up, return_exceptions=True)


async def _read_request(reader: asyncio.StreamReader) -> Heard | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Heard(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _hang_up(reader: asyncio.StreamReader) -> None:
    """Return when the other side has closed. It sends nothing more while it waits for an answer."""
    while not reader.at_eof() and reader.exception() is None:  # noqa: ASYNC110  # a reader tells it in no other way
        await asyncio.sleep(0.005)


async def _write(said: Said, writer: asyncio.StreamWriter) -> None:
    headers = {"transfer-encoding": "chunked", **said.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {said.status} -\r\n{lines}\r\n".encode())
    for chunk in said.chunks:
        if isinstance(chunk, threading.Event):
            while not chunk.is_set():  # noqa: ASYNC110  # it is the test's thread that sets it
                await asyncio.sleep(0.005)
        elif chunk:
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()
    if not said.cut:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
