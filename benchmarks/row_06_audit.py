"""Row 6: a page of the audit trail, by every filter and by every two of them."""

import math
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import combinations
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from urllib.parse import urlencode

import psycopg

from api.commands.bootstrap import organization_of
from api.http.pages import encode_cursor
from benchmarks.audit_log import fill_audit_log
from benchmarks.databases import durable_databases
from benchmarks.figure import Figure, milliseconds
from benchmarks.processes import keyroll_serving
from tests.support.cores import new_master_keys

LIMIT = 10.0
"""Milliseconds of the 95th percentile, for every single filter."""

_TOKEN: Final = "benchmark-token-0123456789"
_SIZES: Final = (10_000, 100_000, 1_000_000)
_FIELDS: Final = ("api_key", "default_model", "context_window", "name", "status", "retires_at")
_EXAMPLES: Final = """
    SELECT actor, action, subject, subject_type, request_id, address, occurred_at, position
    FROM benchmark_examples
"""


class _Example(NamedTuple):
    """An event of the log: what a question can be asked by."""

    actor: str
    action: str
    subject: str
    subject_type: str
    request_id: str
    address: str
    instant: str
    position: int


class _Measured(NamedTuple):
    """What was asked, and the 95th percentile of its answers in seconds."""

    asked: str
    p95: float


def figures(*, quick: bool) -> Iterator[Figure]:
    """Ask a running Keyroll for pages of 50 over HTTP: the first ones, and others from anywhere in the log.

    The filters' values are those of random events, so common ones are asked for more often. The limit is that
    of the worst single filter; the worst two together are shown beside it.
    """
    for size in _SIZES[: 1 if quick else None]:
        with durable_databases() as databases, TemporaryDirectory() as folder:
            examples = _examples(databases.ours, size)
            environ = {
                "KEYROLL_DATABASE_URL": databases.ours,
                "KEYROLL_DATA_DIR": str(Path(folder)),
                "KEYROLL_ENV": "development",
                "KEYROLL_MASTER_KEYS": new_master_keys(),
                "KEYROLL_BOOTSTRAP_TOKEN": _TOKEN,
                "KEYROLL_SYNC_INTERVAL_HOURS": "0",
            }
            with keyroll_serving(environ) as server:
                alone, together = _measure(server.port, examples, rounds=4 if quick else 40)
        for asked, measured, limit in (("one filter", alone, LIMIT), ("two filters", together, math.inf)):
            worst = max(measured, key=lambda one: one.p95)
            told = f"audit page of {size:,}, {asked}: {worst.asked}"
            yield Figure(6, told, milliseconds(worst.p95), "", worst.p95 * 1000, limit)


def _measure(port: int, examples: list[_Example], *, rounds: int) -> tuple[list[_Measured], list[_Measured]]:
    chance = Random(6)  # noqa: S311  # the same questions each time
    connection = HTTPConnection("127.0.0.1", port)
    names = [*_filters(examples[0], chance)]
    for name in names:  # what is asked first pays for what is kept from then on
        _p95(connection, examples, (name,), chance, rounds)
    alone = [_p95(connection, examples, (), chance, rounds)]
    alone += [_p95(connection, examples, (name,), chance, rounds) for name in names]
    together = [_p95(connection, examples, pair, chance, rounds) for pair in combinations(names, 2)]
    connection.close()
    return alone, together


def _p95(
    connection: HTTPConnection, examples: list[_Example], names: tuple[str, ...], chance: Random, rounds: int
) -> _Measured:
    """First pages and pages from anywhere, in turn."""
    taken = []
    for _ in range(rounds):
        filters = _filters(chance.choice(examples), chance)
        wanted = {name: filters[name] for name in names}
        deep = encode_cursor(chance.choice(examples).position)
        taken += [_seconds(connection, wanted), _seconds(connection, {**wanted, "cursor": deep})]
    return _Measured(" + ".join(names) or "none", quantiles(taken, n=20)[-1])


def _seconds(connection: HTTPConnection, params: dict[str, str]) -> float:
    started = time.perf_counter()
    path = f"/v1/audit-events?{urlencode(params)}"
    connection.request("GET", path, headers={"Authorization": f"Bearer {_TOKEN}"})
    answer = connection.getresponse()
    body = answer.read()
    taken = time.perf_counter() - started
    assert answer.status == 200, body  # noqa: PLR2004  # RFC 9110: OK
    return taken


def _filters(example: _Example, chance: Random) -> dict[str, str]:
    return {
        "actor": example.actor,
        "action": example.action,
        "subject": example.subject,
        "subject_type": example.subject_type,
        "request_id": example.request_id,
        "address": example.address,
        "field": chance.choice(_FIELDS),
        "from": example.instant,
        "to": example.instant,
    }


def _examples(conninfo: str, size: int) -> list[_Example]:
    """Fill the log, and draw events of the organization from it."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return [_Example(*row) for row in fill_audit_log(connection, size, organization_of("default"))]
