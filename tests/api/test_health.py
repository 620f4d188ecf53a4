"""/health and /ready: alive is not the same as able to serve."""

from pathlib import Path

import pytest

from adapters.embedded.server import RunningServer
from api.http import problems_list as kinds
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.steps import done, problem


def test_both_are_open_to_all_and_say_ok(keyroll: DocumentedKeyroll) -> None:
    with keyroll.client("") as client:
        del client.headers["authorization"]
        for path in ("/health", "/ready"):
            assert done(client.get(path)) == {"status": "ok"}


def test_without_its_database_keyroll_is_alive_and_not_ready(
    postgres: RunningServer, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.reader.CONNECT_TIMEOUT", 1)
    conninfo = create_database(postgres, "soon_gone", template=template)
    with DocumentedKeyroll(conninfo, tmp_path) as keyroll:
        done(keyroll.http.get("/ready"))
        drop_database(postgres, "soon_gone")
        for path in ("/ready", "/v1/llm-providers"):
            answer = keyroll.http.get(path)
            problem(answer, kinds.UNAVAILABLE)
            assert answer.headers["retry-after"] == "1"
        assert done(keyroll.http.get("/health")) == {"status": "ok"}
