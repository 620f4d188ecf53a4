"""One Keyroll on a real socket for all tests of a worker; each test has an organization of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.embedded.server import RunningServer
from api.webhook_upkeep import EVERY
from domain.access import Role
from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.hook_receiver import HookReceiver
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import KEY, Json, add_provider, roll, sync
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer

ClientOf = Callable[[Role], httpx.Client]


@pytest.fixture(scope="session")
def _one_openai() -> Iterator[OpenAIServer]:
    with OpenAIServer(key=KEY) as server:
        yield server


@pytest.fixture(scope="session")
def keyroll(
    postgres: RunningServer,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    _one_openai: OpenAIServer,
) -> Iterator[DocumentedKeyroll]:
    """Keyroll, in no mood to wait between attempts."""
    name = f"shared_{uuid4().hex}"
    conninfo = create_database(postgres, name, template=template)
    folder = tmp_path_factory.mktemp("keyroll")
    with pytest.MonkeyPatch.context() as monkeypatch:
        hurry(monkeypatch)
        with DocumentedKeyroll(conninfo, folder, KEYROLL_OPENAI_BASE_URL=_one_openai.base_url) as running:
            yield running
    drop_database(postgres, name)


@pytest.fixture
def openai(_one_openai: OpenAIServer) -> OpenAIServer:
    """OpenAI as far as listings go, with eight models and nothing scripted."""
    _one_openai.behave()
    _one_openai.key = KEY
    _one_openai.models = list(OPENAI_MODELS)
    _one_openai.requests.clear()
    return _one_openai


@pytest.fixture
def organization_name() -> str:
    """The name of the test's own organization."""
    return uuid4().hex


@pytest.fixture
def client_of(keyroll: DocumentedKeyroll, organization_name: str) -> Iterator[ClientOf]:
    """Makes a client with a new token of the test's organization."""
    with ExitStack() as opened:

        def client(role: Role) -> httpx.Client:
            return opened.enter_context(keyroll.client(keyroll.token(role, organization_name)))

        yield client


@pytest.fixture
def http(client_of: ClientOf, openai: OpenAIServer) -> httpx.Client:  # noqa: ARG001  what http syncs with, as new
    """A client of the admin of the test's organization."""
    return client_of(Role.ADMIN)


@pytest.fixture
def stranger(keyroll: DocumentedKeyroll) -> Iterator[httpx.Client]:
    """A client of the admin of another organization."""
    with keyroll.client(keyroll.token(Role.ADMIN, uuid4().hex)) as client:
        yield client


@pytest.fixture
def stale(http: httpx.Client, openai: OpenAIServer) -> Json:
    """A model that its provider no longer lists."""
    provider = add_provider(http)
    sync(http, provider)
    gone = openai.models.pop()
    sync(http, provider)
    return roll(http)[str(gone["id"])]


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    """A receiver of webhooks, which takes all."""
    with HookReceiver() as running:
        yield running


@pytest.fixture
def upkeep_every() -> float:
    """Seconds between two rounds of upkeep of webhooks."""
    return EVERY


@pytest.fixture
def sending(
    conninfo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upkeep_every: float
) -> Iterator[KeyrollInAThread]:
    """A Keyroll in a hurry to tell webhooks: it looks often, and retries twice, soon."""
    monkeypatch.setattr("api.telling.LOOK", 0.05)
    monkeypatch.setattr("api.telling.RETRIES", [timedelta(milliseconds=30)] * 2)
    monkeypatch.setattr("api.telling.EVERY", upkeep_every)
    with KeyrollInAThread(conninfo, tmp_path, KEYROLL_OUTBOUND_ALLOW="127.0.0.0/8") as running:
        yield running
