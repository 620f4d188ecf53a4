"""A client of the feed whose connection is cut again and again, and who goes on where it was."""

import threading
import time
from types import TracebackType
from typing import Final, Self

import httpx

_SILENCE: Final = 20.0
"""Seconds without a byte after which a connection is given up."""


class FeedReader:
    """Follows the stream in a thread of its own, for the time of a block.

    Attributes:
        positions: of all events that it was told, in the order of the telling.
        connections: how many it has opened.
        is_there: set once it is connected.

    Args:
        url: where Keyroll is.
        token: an admin's or a viewer's.
        after: the position to begin after.
        cut_every: seconds after which it hangs up, in the middle of whatever comes in.
    """

    def __init__(self, url: str, token: str, *, after: int = 0, cut_every: float = 1e9) -> None:
        self._url = f"{url}/v1/events?after={after}"
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        self._cut_every = cut_every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow)
        self.positions: list[int] = []
        self.connections = 0
        self.is_there = threading.Event()

    @property
    def last(self) -> int:
        """The position of the last event that it was told."""
        return self.positions[-1] if self.positions else 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        with httpx.Client(headers=self._headers, timeout=_SILENCE, trust_env=False) as client:
            while not self._over.is_set():
                try:
                    self._follow_once(client)
                except httpx.TransportError:
                    self._over.wait(0.01)

    def _follow_once(self, client: httpx.Client) -> None:
        again = {"Last-Event-ID": str(self.last)} if self.positions else {}
        self.connections += 1
        cut_at = time.monotonic() + self._cut_every
        with client.stream("GET", self._url, headers=again) as answer:
            self.is_there.set()
            rest = b""
            for chunk in answer.iter_bytes():
                *frames, rest = (rest + chunk).split(b"\n\n")
                cut = time.monotonic() >= cut_at
                # A cut loses a part of what has come already.
                self._take(frames[: len(frames) // 2] if cut else frames)
                if cut or self._over.is_set():
                    return

    def _take(self, frames: list[bytes]) -> None:
        for frame in frames:
            if frame.startswith(b"id: "):
                self.positions.append(int(frame[4 : frame.index(b"\n")]))
