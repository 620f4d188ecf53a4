"""kill -9 of Keyroll and of PostgreSQL while several clients write."""

import random
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from adapters.embedded.server import start
from api.compose import opened
from api.settings import settings_from
from tests.support.embedded_postgres import server_processes, wait_until
from tests.support.keyroll_process import KeyrollProcess, data_folder_in, kill_postgres
from tests.support.ledger import Ledger
from tests.support.log_checks import complaints
from tests.support.scripted_server import Request
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer
from tests.support.writing_client import WritingClient

CLIENTS: Final = 4
ROUNDS: Final = 3


class _OpenToAll(OpenAIServer):
    """A vendor that takes any key."""

    def accepts(self, request: Request) -> bool:
        return "authorization" in request.headers


@pytest.fixture
def vendor() -> Iterator[OpenAIServer]:
    with _OpenToAll(key="any", models=OPENAI_MODELS) as running:
        yield running


@contextmanager
def _writing(clients: list[WritingClient], keyroll: KeyrollProcess) -> Iterator[list[threading.Thread]]:
    """The clients at work, until the server is gone."""
    stop = threading.Event()
    token = keyroll.http.headers["authorization"].removeprefix("Bearer ")
    threads = [
        threading.Thread(target=client.write_until, args=(stop, keyroll.client(token))) for client in clients
    ]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _wait_for_more(ledger: Ledger, answers: int, threads: list[threading.Thread]) -> None:
    enough = len(ledger.acknowledged) + answers
    wait_until(lambda: len(ledger.acknowledged) >= enough)
    assert all(thread.is_alive() for thread in threads)


def _all_is_as_promised(clients: list[WritingClient], keyroll: KeyrollProcess) -> None:
    for client in clients:
        client.settle(keyroll.http)
    assert [line for client in clients for line in client.contradictions(keyroll.http)] == []


def _kill(victim: str, folder: Path, keyroll: KeyrollProcess) -> None:
    if victim in ("keyroll", "both"):
        keyroll.kill()
    if victim in ("postgres", "both"):
        kill_postgres(folder)
    if victim == "postgres":
        # It comes back, as an operator's does, and Keyroll goes on with it.
        start(folder).close()
        wait_until(lambda: keyroll.http.get("/ready").is_success)
        assert keyroll.stop() == 0


def _found_after(folder: Path, ledger: Ledger) -> list[str]:
    """Start PostgreSQL again, ask what is wrong, and let the minute pass that a dead claim is kept."""
    with opened(settings_from({"KEYROLL_DATA_DIR": str(folder)})) as database:
        age = b"UPDATE idempotent_requests SET claimed_at = claimed_at - interval '61 seconds'"
        database.core.store.log.run(lambda connection: connection.execute(age))
        return complaints(database.core, ledger)


@pytest.mark.parametrize("victim", ["keyroll", "postgres", "both"])
def test_after_a_kill_every_acknowledged_change_is_there_once_and_the_rows_are_the_logs_replay(
    tmp_path: Path, vendor: OpenAIServer, victim: str
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201  # shown when the test fails, to repeat what the clients did
    chance = random.Random(seed)  # noqa: S311  # as above
    ledger = Ledger()
    clients = [WritingClient(number, chance.getrandbits(32), ledger) for number in range(CLIENTS)]
    settings = {"KEYROLL_OPENAI_BASE_URL": vendor.base_url, "KEYROLL_SYNC_INTERVAL_HOURS": "0"}
    with data_folder_in(tmp_path) as folder:
        for _ in range(ROUNDS):
            with KeyrollProcess(folder, settings) as keyroll:
                _all_is_as_promised(clients, keyroll)
                with _writing(clients, keyroll) as threads:
                    _wait_for_more(ledger, chance.randint(10, 150), threads)
                    _kill(victim, folder, keyroll)
            assert ledger.surprises == []
            assert _found_after(folder, ledger) == []
        with KeyrollProcess(folder, settings) as keyroll:
            _all_is_as_promised(clients, keyroll)
            assert server_processes(folder) != []
            assert keyroll.stop() == 0
        assert server_processes(folder) == []
        assert _found_after(folder, ledger) == []
    assert ledger.surprises == []
    told = f"{len(ledger.acknowledged)} acknowledged, {len(ledger.settled)} answered by their repetition only"
    print(told)  # noqa: T201  # the figures of the run, as pytest -rP shows them
    assert len(ledger.acknowledged) > 10 * ROUNDS
