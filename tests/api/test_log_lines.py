"""Log lines, as they are written."""

import logging

from hypothesis import example, given
from hypothesis import strategies as st

from api.cli.log_lines import LogLines

_FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"


@given(st.lists(st.floats(min_value=0, max_value=4e9), min_size=1))
@example([1_795_000_000.0, 1_795_000_000.999, 1_795_000_001.0, 1_795_000_000.5])
def test_a_line_is_as_pythons_own_formatter_writes_it(instants: list[float]) -> None:
    ours, pythons = LogLines(_FORM), logging.Formatter(_FORM)
    for instant in instants:
        record = logging.LogRecord("keyroll.calls", logging.INFO, "", 0, "%s is told", ("it",), None)
        record.created, record.msecs = instant, instant % 1 * 1000
        assert ours.format(record) == pythons.format(record)
