"""Answers without an end of their own: what they come from is closed, whoever ends them."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from api.http.endless import UntilStopped


class Parts:
    """Parts that say when they are over; ``patience``: seconds that tidying up takes."""

    def __init__(self, *parts: bytes | None, patience: float = 0.0) -> None:
        self._parts = parts
        self._patience = patience
        self.waiting = asyncio.Event()
        self.closed = False

    async def sent(self) -> AsyncGenerator[bytes]:
        """The parts; at None they wait for ever."""
        try:
            for part in self._parts:
                if part is None:
                    self.waiting.set()
                    await asyncio.Event().wait()
                else:
                    yield part
        finally:
            await asyncio.sleep(self._patience)
            self.closed = True


class Connection:
    """A client's side: what came, and whether it hangs up. ``takes``: how many messages it reads."""

    def __init__(self, takes: int = 100) -> None:
        self.came: list[Any] = []
        self.full = asyncio.Event()
        self.gone = asyncio.Event()
        self._takes = takes

    async def receive(self) -> Any:
        """The request, which has no body, and then, some day, that the client hung up."""
        if not self.came:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Takes a message, or waits until somebody reads."""
        if len(self.came) == self._takes:
            self.full.set()
            await asyncio.Event().wait()
        self.came.append(message)

    @property
    def body(self) -> bytes:
        """What has come."""
        return b"".join(message.get("body", b"") for message in self.came)

    @property
    def whole(self) -> bool:
        """Whether the answer came to its end."""
        return self.came[-1].get("more_body") is False


def sending(parts: Parts, connection: Connection, stopping: asyncio.Event) -> "asyncio.Task[None]":
    """The answer on its way."""
    answer = UntilStopped(parts.sent(), stopping, media_type="text/csv", headers={"Vary": "Accept"})
    sent: Any = answer.to_asgi_response(None, None, headers=None)
    return asyncio.create_task(sent({}, connection.receive, connection.send))


async def _whole() -> None:
    parts, connection = Parts(b"one", b"two"), Connection()
    await sending(parts, connection, asyncio.Event())
    assert (connection.body, connection.whole, parts.closed) == (b"onetwo", True, True)
    headers = dict(connection.came[0]["headers"])
    assert headers == {b"vary": b"Accept", b"content-type": b"text/csv; charset=utf-8"}


def test_parts_that_end_make_a_whole_answer() -> None:
    asyncio.run(_whole())


async def _stopped(parts: Parts) -> None:
    connection, stopping = Connection(), asyncio.Event()
    task = sending(parts, connection, stopping)
    await parts.waiting.wait()
    stopping.set()
    await task
    assert (connection.body, connection.whole, parts.closed) == (b"one", True, True)


@pytest.mark.parametrize("patience", [0.0, 0.01])
def test_a_stop_ends_the_answer_and_closes_its_parts_first(patience: float) -> None:
    asyncio.run(_stopped(Parts(b"one", None, patience=patience)))


async def _hung_up(parts: Parts, connection: Connection, until: asyncio.Event) -> None:
    task = sending(parts, connection, asyncio.Event())
    await until.wait()
    assert not parts.closed
    connection.gone.set()
    await task
    assert parts.closed


@pytest.mark.parametrize("patience", [0.0, 0.01])
def test_a_client_that_hangs_up_while_parts_are_awaited_has_them_closed(patience: float) -> None:
    async def hung_up() -> None:
        parts = Parts(b"one", None, patience=patience)
        await _hung_up(parts, Connection(), parts.waiting)

    asyncio.run(hung_up())


@pytest.mark.parametrize("patience", [0.0, 0.01])
def test_a_client_that_reads_no_more_and_hangs_up_has_the_parts_closed(patience: float) -> None:
    async def hung_up() -> None:
        connection = Connection(takes=2)
        await _hung_up(Parts(b"one", b"two", b"three", patience=patience), connection, connection.full)

    asyncio.run(hung_up())


async def _cancelled() -> None:
    parts, connection = Parts(b"one", None, patience=0.01), Connection()
    task = sending(parts, connection, asyncio.Event())
    await parts.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert parts.closed


def test_an_answer_that_is_cancelled_closes_its_parts() -> None:
    asyncio.run(_cancelled())


async def _broken() -> None:
    async def parts() -> AsyncGenerator[bytes]:
        yield b"one"
        raise LookupError("broken")

    connection = Connection()
    answer = UntilStopped(parts(), asyncio.Event(), media_type="text/csv", headers={})
    sent: Any = answer.to_asgi_response(None, None, headers=None)
    with pytest.raises(LookupError, match="broken"):
        await sent({}, connection.receive, connection.send)
    assert not connection.whole


def test_what_breaks_in_the_midst_of_it_is_told_and_ends_no_answer() -> None:
    asyncio.run(_broken())
