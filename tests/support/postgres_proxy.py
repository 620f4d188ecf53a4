"""A door in front of PostgreSQL that can lose what a server says, or close altogether."""

import select
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_BLOCK: Final = 1 << 16
_IDLE: Final = b"Z\x00\x00\x00\x05I"
"""ReadyForQuery outside of a transaction (protocol 3.0): what was sent is committed."""


class PostgresProxy:
    """Passes bytes between clients and the server of a conninfo, until the block ends.

    Attributes:
        conninfo: for clients that go through the door.
        lost: how many replies were lost.
    """

    def __init__(self, conninfo: str, folder: Path) -> None:
        known = conninfo_to_dict(conninfo)
        name = f".s.PGSQL.{known.get('port', 5432)}"
        self._server_path = str(Path(str(known["host"])) / name)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / name))
        self._door.listen()
        self.conninfo = make_conninfo(conninfo, host=str(folder))
        self.lost = 0
        self._lose_next = False
        self._open = True
        self._connections: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=self._accept)]

    def lose_the_next_reply_to_a_commit(self) -> None:
        """Let the server commit once more, then drop its answer and the connection."""
        self._lose_next = True

    def close(self) -> None:
        """Let nobody in any more, and end who is inside."""
        self._open = False
        for pair in [(self._door, self._door), *self._connections]:
            for end in pair:
                _hang_up(end)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        for thread in self._threads:
            thread.join()
        for end in {self._door, *(end for pair in self._connections for end in pair)}:
            end.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server_path)
            self._connections.append((client, server))
            thread = threading.Thread(target=self._pass_on, args=(client, server))
            self._threads.append(thread)
            thread.start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for end in ready:
                    block = end.recv(_BLOCK)
                    if not block or (end is server and self._loses(block)):
                        return
                    (server if end is client else client).sendall(block)
        except OSError:
            return
        finally:
            _hang_up(client)
            _hang_up(server)

    def _loses(self, block: bytes) -> bool:
        if not self._lose_next or not block.endswith(_IDLE):
            return False
        self._lose_next = False
        self.lost += 1
        return True


def _hang_up(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
