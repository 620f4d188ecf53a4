"""What happens while a vendor is being asked: another sync, a deletion, a change of address, a death."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.postgres.store import Decided, Stream
from api.commands.bootstrap import organization_of
from api.commands.caller import Caller
from api.commands.core import SYNC
from api.http import problems_list as kinds
from domain.access import Role
from domain.sync import SyncStarted
from tests.support.documented_keyroll import DocumentedKeyroll
from tests.support.embedded_postgres import wait_until
from tests.support.scripted_server import VendorServer
from tests.support.steps import (
    KEY,
    Json,
    add_provider,
    change_provider,
    delete,
    done,
    items,
    problem,
    provider_now,
    roll,
    sync,
)
from tests.support.vendor_models import OPENAI_MODELS


@pytest.fixture
def provider(http: httpx.Client) -> Json:
    """A provider."""
    return add_provider(http)


class UnderWay:
    """A sync that waits for its vendor from the start of the block to its end.

    Attributes:
        answer: what the sync was answered, after the block.
    """

    def __init__(self, http: httpx.Client, provider: Json, openai: VendorServer) -> None:
        self._http, self._provider, self._openai = http, provider, openai
        self._pool = ThreadPoolExecutor(1)
        self._released = Event()
        self._future: Future[Json]
        self.answer: Json = {}

    def __enter__(self) -> Self:
        asked = len(self._openai.requests)
        self._openai.send_next(more=self._listing_once_released())
        self._future = self._pool.submit(sync, self._http, self._provider)
        wait_until(lambda: len(self._openai.requests) > asked or self._future.done())
        assert not self._future.done()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self.answer = self._future.result()
        self._pool.shutdown()

    def _listing_once_released(self) -> Iterator[bytes]:
        self._openai.wait(self._released)
        yield json.dumps({"object": "list", "data": OPENAI_MODELS}).encode()


def test_of_two_syncs_at_once_the_second_is_told_the_first_ones_id(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    path = f"/v1/llm-providers/{provider['id']}/sync-models"
    with UnderWay(http, provider, openai):
        running = provider_now(http, provider)["last_sync"]
        refused = problem(http.post(path), kinds.SYNC_RUNNING)
        assert (running["status"], running["finished_at"]) == ("running", None)
        assert refused["sync_id"] == running["sync_id"]
    assert sync(http, provider)["status"] == "success"


def test_syncs_of_two_providers_do_not_wait_for_each_other(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    other = add_provider(http, "Other")
    with UnderWay(http, provider, openai):
        assert sync(http, other)["status"] == "success"


def test_a_rehearsal_does_not_wait_for_a_run(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    with UnderWay(http, provider, openai):
        assert sync(http, provider, dry_run="true")["created"] == 8


def test_a_provider_deleted_while_it_is_asked_gets_no_models(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    with UnderWay(http, provider, openai) as run:
        delete(http, f"/v1/llm-providers/{provider['id']}")
    assert (run.answer["status"], run.answer["code"]) == ("failed", "abandoned")
    assert "deleted while it was asked" in run.answer["message"]
    assert roll(http) == {}
    problem(http.get(f"/v1/llm-providers/{provider['id']}/syncs"), kinds.NOT_FOUND)


@pytest.mark.parametrize(
    "moved", [{"base_url": "https://llm.example.com/v1"}, {"provider_type": "openai_completions"}], ids=str
)
def test_a_provider_readdressed_while_it_is_asked_gets_no_models_of_the_old_address(
    http: httpx.Client, provider: Json, openai: VendorServer, moved: dict[str, Any]
) -> None:
    with UnderWay(http, provider, openai) as run:
        change_provider(http, provider, api_key=KEY, **moved)
    assert (run.answer["status"], run.answer["code"]) == ("failed", "abandoned")
    assert "address or type changed" in run.answer["message"]
    assert roll(http) == {}


def test_a_provider_renamed_while_it_is_asked_gets_its_models(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    with UnderWay(http, provider, openai) as run:
        change_provider(http, provider, name="Ours")
    assert run.answer["status"] == "success"
    assert {model["provider_name"] for model in roll(http).values()} == {"Ours"}


def test_a_model_added_and_one_deleted_while_the_vendor_is_asked_stay_so(
    http: httpx.Client, provider: Json, openai: VendorServer
) -> None:
    sync(http, provider)
    gone = roll(http)["o3"]
    with UnderWay(http, provider, openai) as run:
        delete(http, f"/v1/llm-models/{gone['id']}")
        path = f"/v1/llm-providers/{provider['id']}/models"
        done(http.post(path, json={"model_id": "our-fine-tune"}), 201)
    assert run.answer["updated"] == 7
    assert "o3" not in roll(http)
    assert roll(http)["our-fine-tune"]["stale"] is False


def test_a_run_that_died_is_closed_as_abandoned_by_the_next(
    http: httpx.Client, provider: Json, keyroll: DocumentedKeyroll, organization_name: str
) -> None:
    dead = uuid4()
    caller = Caller(organization_of(organization_name), "a process that died", Role.ADMIN, "request-0")
    started = SyncStarted(provider_id=UUID(provider["id"]), provider_name=provider["name"], trigger="manual")
    keyroll.core.append(caller, [Decided(Stream(SYNC, dead), (started,))])
    assert provider_now(http, provider)["last_sync"]["status"] == "running"

    assert sync(http, provider)["status"] == "success"

    runs = {run["sync_id"]: run for run in items(http, f"/v1/llm-providers/{provider['id']}/syncs")}
    assert (runs[str(dead)]["status"], runs[str(dead)]["code"]) == ("failed", "abandoned")
    assert runs[str(dead)]["finished_at"] is not None
