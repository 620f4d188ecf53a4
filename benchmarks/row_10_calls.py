"""Rows 10 and 11: a call through Keyroll, in one piece and as a stream, by the processor time it takes."""

from collections.abc import Iterator
from functools import partial

from benchmarks.call_load import load
from benchmarks.call_servers import PATH, PLAIN, STREAMED, TOKEN, call_servers, cpu_seconds
from benchmarks.figure import Figure, medians_in_turn
from benchmarks.processes import Server

LIMIT = 1.5
CONNECTIONS = 16


def figures(*, quick: bool) -> Iterator[Figure]:
    """Calls that pass through, against forwarders with the same server and client.

    The comparator of whole answers is a handler of Litestar's; that of streams is bare ASGI.
    """
    seconds, rounds = (0.3, 1) if quick else (2.0, 7)
    with call_servers() as servers:

        def cpu(server: Server, body: str) -> float:
            before = cpu_seconds(server)
            made = load(server.port, TOKEN, PATH, body, connections=CONNECTIONS, seconds=seconds)
            return (cpu_seconds(server) - before) / made.answers

        for row, measure, body, raw in (
            (10, "a call through Keyroll, CPU", PLAIN, servers.litestar),
            (11, "a stream through Keyroll, CPU", STREAMED, servers.bare),
        ):
            ours, theirs = medians_in_turn(
                rounds,
                partial(cpu, servers.keyroll, body),
                partial(cpu, raw, body),
            )
            yield Figure(row, measure, _microseconds(ours), _microseconds(theirs), ours / theirs, LIMIT)


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} µs"
