"""Measure, print the figures, and end with status 1 if a limit is broken."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from benchmarks import (
    row_01_append,
    row_02_bulk,
    row_05_rebuild,
    row_05_under_load,
    row_06_audit,
    row_07_others,
    row_08_feed,
    row_09_http,
    row_10_calls,
    row_12_models,
    row_13_start,
    rows_03_04_sync,
)
from benchmarks.figure import Figure


def _readers_and_rebuilds(*, quick: bool) -> Iterator[Figure]:
    yield from row_08_feed.figures(quick=quick)
    yield from row_05_under_load.figures(quick=quick)


ROWS: Final[Mapping[int, Callable[..., Iterator[Figure]]]] = {
    1: row_01_append.figures,
    2: row_02_bulk.figures,
    3: rows_03_04_sync.figures,
    4: rows_03_04_sync.figures,
    5: row_05_rebuild.figures,
    6: row_06_audit.figures,
    7: row_07_others.figures,
    8: _readers_and_rebuilds,
    9: row_09_http.figures,
    10: row_10_calls.figures,
    11: row_10_calls.figures,
    12: row_12_models.figures,
    13: row_13_start.figures,
}

_LINE: Final = "{:>3}  {:<48} {:>13} {:>13} {:>8} {:>9}  {}"


def main() -> int:
    """Run the rows that were asked for. Returns the exit status."""
    arguments = _parser().parse_args()
    wanted = sorted(set(arguments.row or ROWS))
    print(_LINE.format("row", "measure", "ours", "raw", "ratio", "limit", "holds"))
    broken = 0
    for measure in dict.fromkeys(ROWS[row] for row in wanted):
        for figure in measure(quick=arguments.quick):
            if figure.row in wanted:
                print(_line(figure, judged=not arguments.quick), flush=True)
                broken += not figure.holds
    return 1 if broken and not arguments.quick else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--row", type=int, action="append", choices=sorted(ROWS), help="only this row")
    parser.add_argument(
        "--quick", action="store_true", help="show that all of it runs; too little is measured to judge"
    )
    return parser


def _line(figure: Figure, *, judged: bool) -> str:
    bound = f"{'≥' if figure.at_least else '≤'} {figure.limit:g}"
    verdict = ("yes" if figure.holds else "NO") if judged else "not judged"
    return _LINE.format(
        figure.row, figure.measure, figure.ours, figure.raw, f"{figure.value:.2f}", bound, verdict
    )


if __name__ == "__main__":
    sys.exit(main())
