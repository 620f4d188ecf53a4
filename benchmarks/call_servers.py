"""The servers that calls are measured with, each pinned: the one under measure alone on its core."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from benchmarks.call_load import LOAD_CORE
from benchmarks.processes import Server, keyroll_serving, serving

TOKEN: Final = "benchmark-token-0123456789-0123456789"
SERVER_CORE: Final = min(os.sched_getaffinity(0))
PATH: Final = "/v1/chat/completions"
PLAIN: Final = '{"model":"m","messages":[{"role":"user","content":"Say twenty words."}]}'
STREAMED: Final = PLAIN[:-1] + ',"stream":true}'


class CallServers(NamedTuple):
    """Who answers calls."""

    keyroll: Server
    bare: Server
    litestar: Server
    vendor: Server


@contextmanager
def call_servers() -> Iterator[CallServers]:
    """Keyroll with a provider, and the two comparators, all before the same vendor, until the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="keyroll-benchmark-"))
        vendor = stack.enter_context(serving([sys.executable, "-m", "benchmarks.call_vendor"]))
        pin(vendor, LOAD_CORE)

        def forwarder(kind: str) -> Server:
            command = [sys.executable, "-m", "benchmarks.call_forwarder", kind, str(vendor.port)]
            return stack.enter_context(serving(command))

        keyroll = stack.enter_context(keyroll_serving(keyroll_environ(folder)))
        set_up_provider(keyroll, vendor)
        servers = CallServers(keyroll, forwarder("bare"), forwarder("litestar"), vendor)
        for server in (servers.keyroll, servers.bare, servers.litestar):
            pin(server, SERVER_CORE)
        yield servers


def pin(server: Server, core: int) -> None:
    """Keep all threads of a process on one core."""
    for thread in Path(f"/proc/{server.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(server: Server) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def set_up_provider(keyroll: Server, vendor: Server) -> None:
    """A provider at the vendor's address, with the model ``m``."""
    address = f"http://127.0.0.1:{vendor.port}/v1"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{keyroll.port}", headers=headers, timeout=60) as http:
        fields = {
            "name": "Box",
            "provider_type": "openai_completions",
            "api_key": "sk-b",
            "base_url": address,
        }
        made = http.post("/v1/llm-providers", json=fields).raise_for_status().json()
        path = f"/v1/llm-providers/{made['id']}/models"
        http.post(path, json={"model_id": "m"}).raise_for_status()


def keyroll_environ(folder: str) -> dict[str, str]:
    """Keyroll with a database of its own, which may call this machine."""
    return {
        "KEYROLL_DATA_DIR": folder,
        "KEYROLL_BOOTSTRAP_TOKEN": TOKEN,
        "KEYROLL_OUTBOUND_ALLOW": "127.0.0.0/8",
        "KEYROLL_SYNC_INTERVAL_HOURS": "0",  # else it would ask the vendors for their models
    }
