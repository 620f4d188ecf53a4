"""Row 12: GET /v1/models with 400 models, against a handler that encodes 400 structs for each request."""

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import uvicorn
import uvloop
from litestar import Litestar, Response, get

from benchmarks.call_load import load
from benchmarks.call_servers import SERVER_CORE, TOKEN, keyroll_environ, pin
from benchmarks.figure import Figure, medians_in_turn
from benchmarks.processes import Server, keyroll_serving, serving

MODELS = 400
CONNECTIONS = 16
LIMIT = 1.0
_PATH = "/v1/models"


class Model(msgspec.Struct, frozen=True):
    """A model of the comparator, with as many fields as Keyroll shows."""

    id: str
    created: int
    owned_by: str
    keyroll_id: str
    provider: str
    model_id: str
    is_default: bool
    object: str = "model"


def figures(*, quick: bool) -> Iterator[Figure]:
    """The comparator is a handler of Litestar's that encodes the same list anew for each request."""
    seconds, rounds = (0.3, 1) if quick else (2.0, 7)
    with (
        tempfile.TemporaryDirectory(prefix="keyroll-benchmark-") as folder,
        keyroll_serving(keyroll_environ(folder)) as ours,
        serving([sys.executable, "-m", "benchmarks.row_12_models"]) as raw,
    ):
        _add_models(ours)
        for server in (ours, raw):
            pin(server, SERVER_CORE)

        def rate(server: Server) -> float:
            return load(server.port, TOKEN, _PATH, "", connections=CONNECTIONS, seconds=seconds).rate

        lists, encodings = medians_in_turn(rounds, lambda: rate(ours), lambda: rate(raw))
    yield Figure(
        12,
        f"GET /v1/models with {MODELS} models",
        f"{lists:,.0f} /s",
        f"{encodings:,.0f} /s",
        lists / encodings,
        LIMIT,
        at_least=True,
    )


def _add_models(server: Server) -> None:
    with _client(server) as http:
        fields = {
            "name": "Box",
            "provider_type": "openai_completions",
            "base_url": "https://llm.example.com/v1",
        }
        made = http.post("/v1/llm-providers", json=fields).raise_for_status().json()
        path = f"/v1/llm-providers/{made['id']}/models"

        def add(number: int) -> None:
            http.post(path, json={"model_id": f"model-{number}"}).raise_for_status()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(add, range(MODELS)))
        shown = len(http.get(_PATH).raise_for_status().json()["data"])
        assert shown == MODELS, f"{shown} models are listed"


@contextmanager
def _client(server: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=60) as http:
        yield http


def _application() -> Litestar:
    models = [
        Model(
            f"model-{number}",
            1_741_569_952,
            "openai_completions",
            str(uuid4()),
            "Box",
            f"model-{number}",
            False,
        )
        for number in range(MODELS)
    ]

    @get(_PATH)
    async def listed() -> dict[str, Any]:
        return {"object": "list", "data": models}

    @get("/ready")
    async def ready() -> Response[None]:
        return Response(None, status_code=200)

    return Litestar([listed, ready], logging_config=None, openapi_config=None)


async def _serve(port: int) -> None:
    config = uvicorn.Config(_application(), port=port, lifespan="off", log_config=None, access_log=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
