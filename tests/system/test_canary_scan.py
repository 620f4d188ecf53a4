"""The control of the canary test: in each kind of place, a planted secret is found in every form."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from adapters.embedded.server import RunningServer
from tests.support.canaries import Canaries, Place, in_every_form
from tests.support.canary_places import Answers, command_lines, dump_of, environments_of, files_below
from tests.support.embedded_postgres import start_for_tests
from tests.support.vendor_servers import OpenAIServer

_FORMS = [form for form, _ in in_every_form("any")]


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def planted(canaries: Canaries, request: pytest.FixtureRequest) -> bytes:
    return dict(in_every_form(canaries.key()))[request.param]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with start_for_tests(tmp_path_factory.mktemp("planted") / "data") as running:
        yield running


def test_what_was_never_planted_is_not_found(canaries: Canaries) -> None:
    others = (Place("another run's secret", told) for _, told in in_every_form(Canaries().key()))
    assert canaries.found_in(others) == []


@pytest.mark.parametrize("planted", _FORMS, indirect=True)
def test_it_is_found_in_a_log_and_any_other_file(tmp_path: Path, canaries: Canaries, planted: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "keyroll.log").write_bytes(b"ERROR keyroll: " + planted + b"\nINFO well\n")
    (tmp_path / "clean").write_bytes(b"nothing")
    found = canaries.found_in(files_below(tmp_path))
    assert found != []
    assert all(line.endswith("the file deep/keyroll.log") for line in found)
    assert canaries.found_in(files_below(tmp_path, but={"keyroll.log"})) == []


@pytest.mark.parametrize("planted", _FORMS, indirect=True)
def test_it_is_found_in_the_headers_and_the_body_of_an_answer(canaries: Canaries, planted: bytes) -> None:
    answers = Answers()
    with OpenAIServer(key="any") as vendor, answers.keep_those_to(httpx.Client(trust_env=False)) as client:
        vendor.send_next(headers={"x-told": planted.decode(), "content-length": "0"})
        client.get(vendor.base_url)
        vendor.send_next(planted, headers={"content-length": str(len(planted))})
        client.get(vendor.base_url)
    assert len(answers.places) == 2
    for place in answers.places:
        assert canaries.found_in([place]) != []


@pytest.mark.parametrize("column", ["word text", "value bytea"])
@pytest.mark.parametrize("planted", _FORMS, indirect=True)
def test_it_is_found_in_a_dump_and_in_the_databases_files(
    canaries: Canaries, server: RunningServer, planted: bytes, column: str
) -> None:
    value = planted if "bytea" in column else planted.decode()
    with psycopg.connect(server.conninfo, autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS planted; CREATE TABLE planted ({column})".encode())
        connection.execute("INSERT INTO planted VALUES (%s)", [value])
    assert canaries.found_in(dump_of(server.conninfo)) != []
    found = canaries.found_in(files_below(server.root))
    assert any("postgres/base/" in line for line in found)
    assert any("postgres/pg_wal/" in line for line in found)


@pytest.mark.parametrize("planted", _FORMS, indirect=True)
def test_it_is_found_in_a_processs_command_line_and_environment(canaries: Canaries, planted: bytes) -> None:
    command = [sys.executable, "-c", "print('up', flush=True); input()"]
    with subprocess.Popen(
        [*command, planted],
        env={"PLANTED": planted.decode()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        lines = canaries.found_in(command_lines())
        environment = canaries.found_in(environments_of([process.pid]))
        process.communicate(b"\n")
    assert lines != []
    assert environment != []
    assert all(f"/proc/{process.pid}/cmdline" in line for line in lines)
