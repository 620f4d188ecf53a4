"""The schedule among processes on one database: each due run once, also when one of them is killed."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from api.commands.bootstrap import organization_of
from api.commands.caller import Caller
from api.commands.providers import create_provider
from api.compose import opened
from api.scheduler import AT_ONCE
from api.settings import settings_from
from domain.access import Role
from domain.provider_type import ProviderType
from tests.support.cores import new_master_keys
from tests.support.embedded_postgres import wait_until
from tests.support.keyroll_process import KeyrollProcess
from tests.support.scripted_server import Reply, Request
from tests.support.steps import done, items
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer

PROVIDERS: Final = 50
ANSWERED_AT_ONCE: Final = 12
UNDER_WAY: Final = 2 * AT_ONCE
"""As many as two processes do."""

HOURS: Final = 24
CLOSEST: Final = timedelta(hours=HOURS * 0.9)

_RUNS: Final = "SELECT provider_id, status, code, trigger, started_at, finished_at FROM syncs ORDER BY id"


class GatedVendor(OpenAIServer):
    """Takes any key, answers the first few at once, and the others when the gate opens."""

    def __init__(self) -> None:
        super().__init__(key="any", models=OPENAI_MODELS)
        self.gate = threading.Event()
        self.waiting = self._listed = 0
        self._lock = threading.Lock()

    def accepts(self, request: Request) -> bool:
        return "authorization" in request.headers

    def list_page(self, request: Request) -> Reply:
        with self._lock:
            self._listed += 1
            held = self._listed > ANSWERED_AT_ONCE and not self.gate.is_set()
            self.waiting += held
        if held:
            self.wait(self.gate)
        return super().list_page(request)

    def asked(self) -> Counter[str]:
        """How often each key came."""
        return Counter(request.headers["authorization"] for request in self.requests)


class Run(NamedTuple):
    """A run as the database has it."""

    provider_id: UUID
    status: str
    code: str | None
    trigger: str
    began: datetime
    ended: datetime | None


@pytest.fixture
def vendor() -> Iterator[GatedVendor]:
    with GatedVendor() as running:
        yield running


def _runs(conninfo: str) -> list[Run]:
    with psycopg.connect(conninfo) as connection:
        return [Run(*row) for row in connection.execute(_RUNS).fetchall()]


def _too_often(runs: list[Run]) -> list[UUID]:
    """The providers of which a run began too soon after one that had succeeded."""
    last: dict[UUID, datetime] = {}
    found = []
    for run in runs:
        if run.provider_id in last and run.began - last[run.provider_id] < CLOSEST:
            found.append(run.provider_id)
        if run.status == "success" and run.ended is not None:
            last[run.provider_id] = run.ended
    return found


def _succeeded(conninfo: str) -> set[UUID]:
    return {run.provider_id for run in _runs(conninfo) if run.status == "success"}


def _add(http: httpx.Client, name: str) -> UUID:
    body = {"name": name, "provider_type": "openai", "api_key": f"sk-{uuid4().hex}"}
    return UUID(done(http.post("/v1/llm-providers", json=body), 201)["id"])


def _add_providers(settings: dict[str, str], folder: Path) -> set[UUID]:
    """While no Keyroll serves; so all are due when one starts."""
    caller = Caller(organization_of("default"), "setup", Role.ADMIN, "setup")
    with opened(settings_from({**settings, "KEYROLL_DATA_DIR": str(folder)})) as database:
        return {
            create_provider(
                database.core,
                caller,
                name=f"P{number}",
                provider_type=ProviderType.OPENAI,
                api_key=f"sk-{uuid4().hex}",
            ).row.id
            for number in range(PROVIDERS)
        }


def test_of_two_processes_one_is_killed_and_every_provider_is_synced_once(
    tmp_path: Path, conninfo: str, vendor: GatedVendor
) -> None:
    settings = {
        "KEYROLL_DATABASE_URL": conninfo,
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_ENV": "development",
        "KEYROLL_OPENAI_BASE_URL": vendor.base_url,
        "KEYROLL_SYNC_INTERVAL_HOURS": str(HOURS),
    }
    providers = _add_providers(settings, tmp_path / "setup")
    with ExitStack() as stack:
        survivor = stack.enter_context(KeyrollProcess(tmp_path / "survivor", settings))
        victim = stack.enter_context(KeyrollProcess(tmp_path / "victim", settings))
        wait_until(lambda: vendor.waiting == UNDER_WAY)
        half_done = _succeeded(conninfo)
        victim.kill()
        vendor.gate.set()
        new = _add(survivor.http, "Another")
        wait_until(lambda: _succeeded(conninfo) == {*providers, new})

        # A process begins with a look at all that is due; a new provider shows that it has looked again.
        restarted = stack.enter_context(KeyrollProcess(tmp_path / "victim", settings))
        newest = _add(restarted.http, "Yet another")
        wait_until(lambda: newest in _succeeded(conninfo))

        runs = _runs(conninfo)
        assert len(half_done) == ANSWERED_AT_ONCE
        assert Counter(run.status for run in runs) == {"success": PROVIDERS + 2, "failed": AT_ONCE}
        assert {run.code for run in runs if run.status == "failed"} == {"abandoned"}
        assert {run.trigger for run in runs} == {"schedule"}
        assert _too_often(runs) == []
        assert sorted(vendor.asked().values()) == [1] * (PROVIDERS + 2 - AT_ONCE) + [2] * AT_ONCE

        _no_due_time_is_shared(survivor.http, runs)
        done(survivor.http.post(f"/v1/llm-providers/{new}/sync-models"))
        assert _too_often(_runs(conninfo)) == [new], "the check finds a sync too many"


def _no_due_time_is_shared(http: httpx.Client, runs: list[Run]) -> None:
    """The due times lie over the whole band, though the runs took but seconds."""
    ended = {str(run.provider_id): run.ended for run in runs if run.status == "success"}
    waits = []
    for provider in items(http, "/v1/llm-providers"):
        end = ended[provider["id"]]
        assert end is not None
        waits.append(datetime.fromisoformat(provider["next_sync_at"]) - end)
    hours = sorted(wait / timedelta(hours=1) for wait in waits)
    assert hours[0] >= HOURS * 0.9
    assert hours[-1] <= HOURS * 1.1
    assert hours[-1] - hours[0] > HOURS * 0.1
