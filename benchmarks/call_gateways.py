"""Other gateways before the same vendor, where they are installed: Portkey's (npm) and LiteLLM's (PyPI)."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.call_servers import TOKEN
from benchmarks.processes import Server, serving


class Gateway(NamedTuple):
    """A server that answers calls, and the lines that its requests' heads need besides."""

    name: str
    server: Server
    head: str = ""


@contextmanager
def portkey(folder: Path, vendor: Server) -> Iterator[Gateway]:
    """Portkey's gateway, from a folder in which ``npm install @portkey-ai/gateway`` was done."""
    program = folder / "node_modules/@portkey-ai/gateway/build/start-server.js"
    head = f"x-portkey-provider: openai\r\nx-portkey-custom-host: http://127.0.0.1:{vendor.port}/v1\r\n"
    # It refuses this machine's addresses to its callers unless it is told to trust them.
    environ = {"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost"}
    command = ["node", str(program), "--headless", "--port={port}"]
    with serving(command, environ, ready="/") as server:
        yield Gateway("Portkey's gateway", server, head)


@contextmanager
def litellm(folder: Path, vendor: Server) -> Iterator[Gateway]:
    """LiteLLM's proxy, from a virtual environment in which ``pip install litellm[proxy]`` was done."""
    forwarded = {"model": "openai/m", "api_base": f"http://127.0.0.1:{vendor.port}/v1", "api_key": "sk-b"}
    config = {
        "model_list": [{"model_name": "m", "litellm_params": forwarded}],
        "general_settings": {"master_key": TOKEN},
    }
    environ = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*"}
    with tempfile.TemporaryDirectory(prefix="keyroll-benchmark-") as temporary:
        file = Path(temporary) / "config.yaml"
        file.write_text(json.dumps(config))  # YAML takes JSON
        program = str(folder / "bin/litellm")
        command = [program, "--config", str(file), "--num_workers", "1", "--port"]
        environ["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        with serving(command, environ, ready="/health/liveliness") as server:
            yield Gateway("LiteLLM's proxy", server)
