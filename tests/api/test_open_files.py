"""A process that serves many streams needs many sockets, and asks for them itself."""

import subprocess
import sys

import pytest

_TRY = """
import resource, sys
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from api.open_files import allow_many_open_files
allow_many_open_files(wanted)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "allowed"),
    [(128, 512, 256, 256), (128, 200, 256, 200), (300, 512, 256, 300)],
)
def test_the_limit_is_raised_as_far_as_it_is_wanted_and_permitted(
    soft: int, hard: int, wanted: int, allowed: int
) -> None:
    told = subprocess.check_output([sys.executable, "-c", _TRY, str(soft), str(hard), str(wanted)], text=True)
    assert told.split() == [str(allowed), str(hard)]
