"""Keys are planted all over a `keyroll serve` that logs all it can, and looked for everywhere."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import psycopg
import pytest
from click.testing import CliRunner

from adapters.embedded.server import start
from api.cli.main import main
from tests.support.canaries import Canaries, Place
from tests.support.canary_deeds import DEEDS, PROVIDERS, create, read_everything
from tests.support.canary_places import Answers, command_lines, dump_of, environments_of, files_below
from tests.support.embedded_postgres import server_processes, wait_until
from tests.support.keyroll_process import KeyrollProcess, data_folder_in, kill_postgres
from tests.support.scripted_server import Reply, Request, VendorServer, json_reply
from tests.support.vendor_servers import AnthropicServer, GeminiServer, OpenAIServer

_KEY_HEADERS: Final = ("authorization", "x-api-key", "x-goog-api-key")


class _Telltale(VendorServer):
    """Refuses every key, and quotes it in its message as vendors, proxies and debug pages do."""

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        key = next(request.headers[name] for name in _KEY_HEADERS if name in request.headers)
        bare = key.removeprefix("Bearer ")
        encoded = base64.b64encode(bare.encode()).decode()
        message = f"Incorrect API key {bare}: {key!r}, {encoded}, {bare.encode().hex()}, {json.dumps(key)}"
        return json_reply(401, self.error_body(401, message), {"x-key": key, "www-authenticate": key})


class _TelltaleOpenAI(_Telltale, OpenAIServer): ...


class _TelltaleAnthropic(_Telltale, AnthropicServer): ...


class _TelltaleGemini(_Telltale, GeminiServer): ...


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def settings(canaries: Canaries) -> Iterator[dict[str, str]]:
    """Secrets wherever the environment takes one."""
    with ExitStack() as stack:
        openai = stack.enter_context(_TelltaleOpenAI(key="none"))
        anthropic = stack.enter_context(_TelltaleAnthropic(key="none"))
        gemini = stack.enter_context(_TelltaleGemini(key="none"))
        yield {
            "KEYROLL_MASTER_KEYS": f"m1:{canaries.master_key()},m0:{canaries.master_key()}",
            "KEYROLL_BOOTSTRAP_TOKEN": canaries.word(),
            "KEYROLL_METRICS_TOKEN": canaries.word(),
            "KEYROLL_SYNC_INTERVAL_HOURS": "0",
            "KEYROLL_OPENAI_BASE_URL": openai.base_url,
            "KEYROLL_ANTHROPIC_BASE_URL": anthropic.base_url,
            "KEYROLL_GEMINI_BASE_URL": gemini.base_url,
            "DEFAULT_OPENAI_API_KEY": canaries.key(),
            "DEFAULT_ANTHROPIC_API_KEY": canaries.key(),
            "DEFAULT_GEMINI_API_KEY": canaries.key(),
        }


def test_a_planted_key_is_in_no_log_answer_event_dump_file_or_process(
    tmp_path: Path, canaries: Canaries, settings: dict[str, str]
) -> None:
    answers = Answers()
    with data_folder_in(tmp_path) as folder:
        with KeyrollProcess(folder, settings, loud=True) as keyroll:
            answers.keep_those_to(keyroll.http)
            for deed in DEEDS:
                deed(keyroll.http, canaries)
            _sync_with_the_environments_keys(keyroll.http)
            _let_postgres_log_all_it_can(folder)
            _fail_inside(folder, keyroll.http, canaries)
            _kill_postgres_during_writes(folder, keyroll, canaries, answers)
        with KeyrollProcess(folder, settings, loud=True) as keyroll:
            answers.keep_those_to(keyroll.http)
            create(keyroll.http, "Under a talkative PostgreSQL", api_key=canaries.key())
            read_everything(keyroll.http)
            with start(folder) as server:
                places = [*answers.places, *dump_of(server.conninfo), *command_lines()]
                places += environments_of(server_processes(folder))
            _kill_keyroll_during_a_write(folder, keyroll, canaries)
        places += files_below(tmp_path)
    assert canaries.planted > 100
    assert canaries.found_in(places) == []
    _everything_was_looked_at(places, answers)


def _everything_was_looked_at(places: list[Place], answers: Answers) -> None:
    assert len(answers.places) > 200
    whole = {place.name: place.content for place in places}
    assert b"Traceback" in whole["the file data.log"]
    assert (
        b"keyroll.http: " in whole["the file data.log"] or b"INFO:keyroll.http" in whole["the file data.log"]
    )
    assert b"keyroll_append" in whole["the file data/postgres.log"]
    assert b"INSERT INTO public.sealed_keys" in whole["the dump"]
    assert b"key_rejected" in whole["the dump's binary values"]
    assert b"[redacted]" in whole["the dump's binary values"]
    assert any("pg_wal" in name for name in whole)
    assert any(b"keyroll" in content for name, content in whole.items() if name.endswith("/cmdline"))
    assert any(name.endswith("/environ") for name in whole)


def _sync_with_the_environments_keys(http: httpx.Client) -> None:
    for kind in ("openai", "anthropic", "gemini"):
        made = create(http, f"From the environment {kind}", provider_type=kind).json()
        assert made["credential_source"] == "environment"
        outcome = http.post(f"{PROVIDERS}/{made['id']}/sync-models").json()
        assert (outcome["code"], "[redacted]" in outcome["message"]) == ("key_rejected", True)


def _let_postgres_log_all_it_can(folder: Path) -> None:
    loud = {
        "log_statement": "all",
        "log_min_messages": "debug1",
        "log_min_error_statement": "debug1",
        "log_error_verbosity": "verbose",
        "log_parameter_max_length": "-1",
        "log_parameter_max_length_on_error": "-1",
        "log_min_duration_statement": "0",
    }
    with start(folder) as server, psycopg.connect(server.conninfo, autocommit=True) as connection:
        for name, value in loud.items():
            connection.execute(f"ALTER DATABASE keyroll SET {name} = '{value}'".encode())


def _fail_inside(folder: Path, http: httpx.Client, canaries: Canaries) -> None:
    """Failures that no one foresaw, whose tracebacks and details go to the log."""
    spoilings = [
        ("ALTER TABLE sealed_keys RENAME TO away", "ALTER TABLE away RENAME TO sealed_keys"),
        (
            "ALTER TABLE sealed_keys ADD CONSTRAINT never CHECK (format > 1) NOT VALID",
            "ALTER TABLE sealed_keys DROP CONSTRAINT never",
        ),
        (
            "ALTER TABLE stored_events ADD CONSTRAINT never CHECK (topic = '') NOT VALID",
            "ALTER TABLE stored_events DROP CONSTRAINT never",
        ),
    ]
    with start(folder) as server, psycopg.connect(server.conninfo, autocommit=True) as connection:
        for number, (spoil, mend) in enumerate(spoilings):
            connection.execute(spoil.encode())
            once = {"Idempotency-Key": f"fails {number}"}
            body = {"name": "Fails inside", "provider_type": "openai", "api_key": canaries.key()}
            assert http.post(PROVIDERS, json=body).status_code == 500
            assert http.post(PROVIDERS, json=body, headers=once).status_code == 500
            connection.execute(mend.encode())


@contextmanager
def _writes_that_wait(folder: Path, clients: list[httpx.Client], canaries: Canaries) -> Iterator[None]:
    """Clients that bring keys, held up by a lock in the database, or in the process behind who is held up."""

    def write(client: httpx.Client, number: int) -> None:
        with suppress(httpx.TransportError):
            create(client, f"Interrupted {number} {canaries.planted}", api_key=keys[number])

    keys = [canaries.key() for _ in clients]
    threads = [threading.Thread(target=write, args=(client, n)) for n, client in enumerate(clients)]
    waiting = b"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with start(folder) as server, psycopg.connect(server.conninfo, autocommit=True) as watch:
        lock = psycopg.connect(server.conninfo)
        lock.execute("LOCK TABLE sealed_keys IN ACCESS EXCLUSIVE MODE")
        for thread in threads:
            thread.start()
        wait_until(lambda: watch.execute(waiting).fetchone() != (0,))
        yield
        lock.close()
    for thread in threads:
        thread.join()


def _kill_postgres_during_writes(
    folder: Path, keyroll: KeyrollProcess, canaries: Canaries, answers: Answers
) -> None:
    token = keyroll.http.headers["authorization"].removeprefix("Bearer ")
    clients = [answers.keep_those_to(keyroll.client(token)) for _ in range(3)]
    with _writes_that_wait(folder, clients, canaries):
        kill_postgres(folder)
        start(folder).close()
    for client in clients:
        client.close()


def _kill_keyroll_during_a_write(folder: Path, keyroll: KeyrollProcess, canaries: Canaries) -> None:
    with _writes_that_wait(folder, [keyroll.http], canaries):
        keyroll.kill()


def _refusals(canaries: Canaries) -> list[dict[str, str]]:
    """Settings that cannot be used, with secrets in them."""
    word = canaries.word()
    return [
        {"KEYROLL_MASTER_KEYS": word},
        {"KEYROLL_MASTER_KEYS": f"m1:{word}"},
        {"KEYROLL_MASTER_KEYS": f"{canaries.master_key()}:m1"},
        {"KEYROLL_DATABASE_URL": f"postgresql://keyroll:{word}@127.0.0.1:1/keyroll"},
        {"KEYROLL_DATABASE_URL": word},
        {"KEYROLL_DATABASE_URL": f"postgresql://127.0.0.1:1/keyroll?password={word}&{word}"},
        {"KEYROLL_BOOTSTRAP_TOKEN": f"{word} {word}"},
        {"KEYROLL_METRICS_TOKEN": f"{word} {word}"},
        {"KEYROLL_OPENAI_BASE_URL": f"https://user:{word}@llm.example.com/v1"},
        {"KEYROLL_OUTBOUND_ALLOW": word},
        {"KEYROLL_SYNC_INTERVAL_HOURS": word},
        {"KEYROLL_ENV": word},
        {"KEYROLL_ENV": "development", "DEFAULT_OPENAI_API_KEY": f"{word} é"},
    ]


def test_a_start_that_is_refused_says_so_in_one_line_without_a_secret(
    tmp_path: Path, conninfo: str, canaries: Canaries
) -> None:
    given = {
        "KEYROLL_DATA_DIR": str(tmp_path / "data"),
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_MASTER_KEYS": f"m1:{canaries.master_key()}",
    }
    for settings in _refusals(canaries):
        # A command that opens all that `serve` opens, and refuses as it does.
        command = ["token", "create", "never", "--role", "viewer"]
        done = CliRunner().invoke(main, command, env={**given, **settings})
        assert done.exit_code == 1, settings
        assert done.output.startswith("keyroll: ")
        assert done.output.count("\n") == 1
        assert canaries.found_in([Place(str(sorted(settings)), done.output.encode())]) == []
