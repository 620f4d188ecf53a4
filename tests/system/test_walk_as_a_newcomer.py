"""The README's own commands, run as a newcomer copies them, by a real Keyroll with a vendor behind."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.drivers.calls.simulator_models import SIMULATED
from tests.support.keyroll_process import KeyrollProcess, data_folder_in
from tests.support.steps import KEY
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer

_ROOT: Final = Path(__file__).parents[2]
_README: Final = (_ROOT / "README.md").read_text()
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TOUR: Final = [text for kind, text in _FENCE.findall(_README) if kind == "bash"]
_STRICT: Final = ("bash", "-euo", "pipefail", "-O", "inherit_errexit")
_JSON_SINCE: Final = (7, 82)
"""The curl that brought --json."""


def _curl_is_good() -> bool:
    curl = shutil.which("curl")
    if curl is None:
        return False
    told = subprocess.run([curl, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, told.split()[1].split(".")[:2])) >= _JSON_SINCE


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder to look for programs in first: it has a stand-in for curl if the machine's will not do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python3").symlink_to(sys.executable)
    if not _curl_is_good():
        _stand_in(folder)
    return folder


@pytest.fixture
def settings() -> Iterator[Mapping[str, str]]:
    """No settings but where the vendor is: Keyroll makes its token itself."""
    with OpenAIServer(key=KEY, models=OPENAI_MODELS) as vendor:
        yield {"KEYROLL_OPENAI_BASE_URL": vendor.base_url, "KEYROLL_BOOTSTRAP_TOKEN": ""}


def _stand_in(folder: Path) -> None:
    script = folder / "curl"
    stand_in = _ROOT / "tests" / "support" / "curl_stand_in.py"
    script.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, str(stand_in)])} "$@"\n')
    script.chmod(0o700)


def _take_the_tour(url: str, folder: Path, tools: Path) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "KEYROLL": url,
        "KEYROLL_DATA_DIR": str(folder),
        "OPENAI_API_KEY": KEY,
        "NO_PROXY": "*",
    }
    return subprocess.run(
        _STRICT, input="\n".join(_TOUR), env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("curl", ["whatever does", "the stand-in"])
def test_the_tour_does_what_it_says(
    tmp_path: Path, tools: Path, settings: Mapping[str, str], curl: str
) -> None:
    if curl == "the stand-in" and not (tools / "curl").exists():
        _stand_in(tools)
    with data_folder_in(tmp_path) as folder, KeyrollProcess(folder, settings) as keyroll:
        done = _take_the_tour(keyroll.url, folder, tools)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert KEY not in done.stdout
    lines = [line for line in done.stdout.splitlines() if line]
    streamed = [line for line in lines if line.startswith("data: ")]
    answers: list[dict[str, Any]] = [json.loads(line) for line in lines if line not in streamed]
    simulated, echo, thought = answers[:3]
    assert (simulated["status"], simulated["created"]) == ("success", len(SIMULATED))
    assert echo["choices"][0]["message"]["content"] == "Hello, world"
    assert [item["type"] for item in thought["output"]] == ["reasoning", "message"]
    assert streamed[-1] == "data: [DONE]"
    assert [json.loads(line.removeprefix("data: "))["object"] for line in streamed[:-1]] == [
        "chat.completion.chunk"
    ] * (len(streamed) - 1)
    provider, run, models, chosen, default, disabled, unusable, trail, by_hand = answers[3:]
    assert provider["api_key_set"] is True
    assert (run["status"], run["created"]) == ("success", len(OPENAI_MODELS))
    assert [model["model_id"] for model in models["data"]] == ["gpt-4.1-mini", "gpt-4o", "gpt-5"]
    assert (chosen["model_id"], chosen["is_default"]) == ("gpt-4.1-mini", True)
    assert (default["model"]["id"], default["usable"]) == (chosen["id"], True)
    assert (disabled["id"], disabled["status"]) == (provider["id"], "disabled")
    assert (unusable["model"]["id"], unusable["usable"]) == (chosen["id"], False)
    assert [event["action"] for event in trail["data"][:2]] == [
        "provider.disabled",
        "catalog.default_model_changed",
    ]
    assert (by_hand["source"], by_hand["capabilities"]) == ("manual", {"tools": True})


@pytest.mark.parametrize("curl", ["whatever does", "the stand-in"])
def test_a_tour_that_leads_to_nobody_fails(tmp_path: Path, tools: Path, curl: str) -> None:
    if curl == "the stand-in" and not (tools / "curl").exists():
        _stand_in(tools)
    (tmp_path / "admin-token").write_text("keyroll_token\n")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert _take_the_tour(nowhere, tmp_path, tools).returncode != 0


def test_the_long_form_of_each_command_ends_with_its_short_form() -> None:
    long_forms = [text.strip() for kind, text in _FENCE.findall(_README) if "venv" in text]
    assert len(long_forms) == 2
    for command in long_forms:
        setup, _, run = command.partition(" && .uv/bin/uv ")
        assert setup.startswith("python3 -m venv .uv && .uv/bin/pip install ")
        assert f"`uv {run}`" in _README
        assert run.startswith("run --locked --all-extras ")
