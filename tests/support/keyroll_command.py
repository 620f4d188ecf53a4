"""The command `keyroll`, run to its end as people run it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PATIENCE_SECONDS: Final = 60


def keyroll(
    *arguments: str,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    stderr: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run it over this data folder, with no other settings than these."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("KEYROLL_", "DEFAULT_"))
    }
    return subprocess.run(
        [sys.executable, "-c", "from api.cli.main import main; main(prog_name='keyroll')", *arguments],
        check=False,
        env={**inherited, "KEYROLL_DATA_DIR": str(folder), **(settings or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
