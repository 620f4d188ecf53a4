"""How log lines are written: there is one for each call, so that each must be cheap."""

import logging
import time


class LogLines(logging.Formatter):
    """Writes lines as Python's own formatter does, but puts the time into words once a second.

    Args:
        form: of a line, in the style of ``%``.
    """

    def __init__(self, form: str) -> None:
        super().__init__(form)
        self._second = -1
        self._in_words = ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # logging's name
        second = int(record.created)
        if second != self._second:
            words = time.strftime(datefmt or self.default_time_format, self.converter(second))
            self._second, self._in_words = second, words
        return f"{self._in_words},{int(record.msecs):03d}"


def log_to_stderr() -> None:
    """Log what is told, and find out nothing else for each line: this halves what a line costs.

    https://docs.python.org/3/howto/logging.html#optimization
    """
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001  # the documented way not to look for the line of code
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
