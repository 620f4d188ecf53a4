"""A vendor of Chat Completions, a provider of it in the test's own organization, and a caller's token."""

import threading
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import httpx
import pytest
from openai import OpenAI

from adapters.embedded.server import RunningServer
from api.calls.call_parts import CallParts
from api.calls.capacity import Capacity
from domain.access import Role
from tests.support.call_vendors import CallVendor
from tests.support.chat_shapes import answer_chat
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.four_vendors import FOUR, OneVendor
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.steps import Json, add_model, add_provider

KEY = "sk-of-the-organization-7d1f"
CAPACITY = Capacity()
"""The room for calls of the Keyroll under test."""

_PAUSES: list[float] = []


@pytest.fixture(scope="session")
def keyroll(
    postgres: RunningServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeyrollInAThread]:
    """Keyroll, which may call this machine, and is in no mood to wait between attempts."""
    name = f"calls_{uuid4().hex}"
    conninfo = create_database(postgres, name, template=template)
    folder = tmp_path_factory.mktemp("keyroll")
    with pytest.MonkeyPatch.context() as monkeypatch:
        parts = partial(CallParts, pause=_at_once, capacity=CAPACITY)
        monkeypatch.setattr("api.calls.composing.CallParts", parts)
        with KeyrollInAThread(conninfo, folder, KEYROLL_OUTBOUND_ALLOW="127.0.0.0/8") as running:
            yield running
    drop_database(postgres, name)


async def _at_once(seconds: float) -> None:
    """No pause, but note how long it should have been."""
    _PAUSES.append(seconds)


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that Keyroll wanted to wait between attempts, in this test."""
    _PAUSES.clear()
    return _PAUSES


@pytest.fixture(scope="session")
def _one_vendor() -> Iterator[CallVendor]:
    with CallVendor(answer_chat) as vendor:
        yield vendor


@pytest.fixture
def vendor(_one_vendor: CallVendor) -> CallVendor:
    """It repeats what it is told, unless the test scripts it."""
    _one_vendor.behave(answer_chat)
    return _one_vendor


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """An Event that vendors wait for; set at the end in any case."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def http(keyroll: KeyrollInAThread, organization_name: str) -> Iterator[httpx.Client]:
    """A client of the admin of the test's organization."""
    with keyroll.client(keyroll.token(Role.ADMIN, organization_name)) as client:
        yield client


@pytest.fixture
def provider(http: httpx.Client, vendor: CallVendor) -> Json:
    """A provider of Chat Completions with the models m1 and m2."""
    made = add_provider(
        http, "Our box", provider_type="openai_completions", api_key=KEY, base_url=vendor.base_url
    )
    for model_id in ("m1", "m2"):
        add_model(http, made, model_id)
    return made


@pytest.fixture
def caller(keyroll: KeyrollInAThread, organization_name: str) -> Iterator[httpx.Client]:
    """A client with a token that may call models and nothing else."""
    with keyroll.client(keyroll.token(Role.CALLER, organization_name)) as client:
        yield client


@pytest.fixture
def ai(caller: httpx.Client, keyroll: KeyrollInAThread) -> Iterator[OpenAI]:
    """OpenAI's own client, with the caller's token."""
    token = caller.headers["Authorization"].removeprefix("Bearer ")
    with OpenAI(base_url=f"{keyroll.url}/v1", api_key=token, max_retries=0) as client:
        yield client


@pytest.fixture(params=FOUR)
def one(request: pytest.FixtureRequest, http: httpx.Client, vendor: CallVendor) -> OneVendor:
    """Each of the four vendors in turn, with a provider and its model m1."""
    chosen = FOUR[request.param]
    base_url = vendor.base_url.removesuffix("/v1") + chosen.path
    made = add_provider(http, "One", provider_type=chosen.provider_type, api_key=KEY, base_url=base_url)
    add_model(http, made, "m1")
    return chosen
