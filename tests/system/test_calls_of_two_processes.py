"""What one process writes holds for calls through another one within a second.

``pytest -rP`` prints how long it took.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.call_vendors import CallVendor
from tests.support.chat_shapes import answer_chat
from tests.support.cores import new_master_keys
from tests.support.keyroll_process import KeyrollProcess
from tests.support.service import as_service
from tests.support.steps import add_model, add_provider, change_model, change_provider, delete, done

ROUNDS = 4
_SECOND = 1.0
_PATIENCE = 30.0

Taken = tuple[str, float]


@pytest.fixture
def vendor() -> Iterator[CallVendor]:
    with CallVendor(answer_chat) as made:
        yield made


@pytest.fixture
def processes(conninfo: str, tmp_path: Path) -> Iterator[tuple[KeyrollProcess, KeyrollProcess]]:
    """Two on one database."""
    settings = {
        "KEYROLL_DATABASE_URL": as_service(conninfo),
        "KEYROLL_ENV": "development",
        "KEYROLL_MASTER_KEYS": new_master_keys(),
        "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8",
    }
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(KeyrollProcess(tmp_path / name, settings)) for name in ("one", "other")
        )
        yield one, other


def _status(http: httpx.Client, model: str = "m") -> int:
    asked = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
    return http.post("/v1/chat/completions", json=asked).status_code


def _until(holds: Callable[[], bool]) -> float:
    """The seconds until it holds. It is asked for again and again, as calls come."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < _PATIENCE
    return time.monotonic() - began


def test_what_one_process_writes_holds_in_another_within_a_second(
    processes: tuple[KeyrollProcess, KeyrollProcess], vendor: CallVendor
) -> None:
    taken = [one for number in range(ROUNDS) for one in _round(*processes, vendor, name=f"round-{number}")]
    for what in dict.fromkeys(what for what, _ in taken):
        seconds = [second for said, second in taken if said == what]
        print(f"{what}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")  # noqa: T201  # the figure
        # The rule is a second. Its middle is held to it, for a busy machine may stop a process for longer.
        assert statistics.median(seconds) < _SECOND, what


def _round(one: KeyrollProcess, other: KeyrollProcess, vendor: CallVendor, *, name: str) -> Iterator[Taken]:
    """One change after the other, each written through one process and met by calls through the other."""

    def answered(status: int) -> Callable[[], bool]:
        return lambda: _status(other.http) == status

    def called_with(key: str | None) -> bool:
        assert _status(other.http) == 200
        return vendor.heard[-1].headers.get("authorization") == (key and f"Bearer {key}")

    provider = add_provider(
        one.http, name, provider_type="openai_completions", base_url=vendor.base_url, api_key="sk-first"
    )
    model = add_model(one.http, provider, "m")
    yield "a new model", _until(answered(200))
    change_provider(one.http, provider, api_key=f"sk-{name}")
    yield "a rotated key", _until(lambda: called_with(f"sk-{name}"))
    change_provider(one.http, provider, api_key=None)
    yield "a removed key", _until(lambda: called_with(None))
    change_provider(one.http, provider, status="disabled")
    yield "a disabled provider", _until(answered(404))
    change_provider(one.http, provider, status="active")
    yield "an enabled provider", _until(answered(200))
    change_model(one.http, model, status="disabled")
    yield "a disabled model", _until(answered(404))
    change_model(one.http, model, status="active")
    yield "an enabled model", _until(answered(200))
    yield from _token(one, other, name)
    delete(one.http, f"/v1/llm-providers/{provider['id']}")
    yield "a deleted provider", _until(lambda: _status(other.http, model["id"]) == 404)


def _token(one: KeyrollProcess, other: KeyrollProcess, name: str) -> Iterator[Taken]:
    issued = done(one.http.post("/v1/tokens", json={"name": name, "role": "caller"}), 201)
    with other.client(issued["token"]) as caller:
        yield "an issued token", _until(lambda: _status(caller) == 200)
        delete(one.http, f"/v1/tokens/{issued['id']}")
        yield "a revoked token", _until(lambda: _status(caller) == 401)
