"""Calls through Keyroll against the same client with nothing in between, and against other gateways.

``python -m benchmarks.calls [--portkey DIR] [--litellm DIR]``. Each server has one core to itself, vendor and
load another. What is added is the median time of an answer less that of one straight from the vendor.
"""

import argparse
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.call_gateways import Gateway, litellm, portkey
from benchmarks.call_load import Load, load
from benchmarks.call_servers import PATH, PLAIN, SERVER_CORE, STREAMED, TOKEN, call_servers, pin

FLOOR: Final = "a bare ASGI forwarder"
OURS: Final = "Keyroll"
LEAST_OF_THE_FLOOR: Final = 0.6
MOST_ADDED: Final = 0.6
"""Milliseconds, at one call at a time."""

TIMES: Final[Mapping[str, float]] = {"Portkey's gateway": 3.0, "LiteLLM's proxy": 30.0}
"""How many times as many calls as these Keyroll serves, at 16 at a time."""

_LINE: Final = "{:<24} {:<9} {:>3} {:>10} {:>12}"


class Measured(NamedTuple):
    """Answers a second, and the milliseconds that a server added to each."""

    rate: float
    added: float


def main() -> int:
    """Measure and print. Returns the exit status: 1 if a target is missed."""
    arguments = _parser().parse_args()
    rounds, seconds = (1, 0.3) if arguments.quick else (arguments.rounds, 2.0)
    missed: list[str] = []
    with ExitStack() as stack:
        servers = stack.enter_context(call_servers())
        measured = [Gateway(FLOOR, servers.bare), Gateway(OURS, servers.keyroll)]
        for begin, folder in ((portkey, arguments.portkey), (litellm, arguments.litellm)):
            if folder is not None:
                measured.append(stack.enter_context(begin(folder, servers.vendor)))
        for gateway in measured:
            pin(gateway.server, SERVER_CORE)
        direct = Gateway("", servers.vendor)
        print(_LINE.format("server", "answers", "c", "calls/s", "added"), flush=True)
        for kind, body in (("whole", PLAIN), ("streamed", STREAMED)):
            for connections in (1, 16):
                found = _in_turn([direct, *measured], body, connections, rounds, seconds)
                _print(found, kind, connections)
                missed += _missed(found, kind, connections)
    print("\n".join(missed) or "all targets are met")
    return 1 if missed and not arguments.quick else 0


def _in_turn(
    gateways: Sequence[Gateway], body: str, connections: int, rounds: int, seconds: float
) -> dict[str, Measured]:
    """The medians of each, taken in turn, so that all meet the same weather. A first round warms up."""
    taken: dict[str, list[Load]] = {gateway.name: [] for gateway in gateways}
    for number in range(rounds + 1):
        for name, server, head in gateways:
            if name not in taken:
                continue
            try:
                made = load(
                    server.port, TOKEN, PATH, body, connections=connections, seconds=seconds, head=head
                )
            except subprocess.CalledProcessError:
                if name in (FLOOR, OURS, ""):
                    raise
                del taken[name]  # another gateway that answers with errors has no figure here, and says why
                continue
            if number:
                taken[name].append(made)
    straight = statistics.median(one.median for one in taken.pop(""))
    return {
        name: Measured(
            statistics.median(one.rate for one in loads),
            (statistics.median(one.median for one in loads) - straight) * 1000,
        )
        for name, loads in taken.items()
    }


def _print(found: Mapping[str, Measured], kind: str, connections: int) -> None:
    for name, one in found.items():
        rate, added = f"{one.rate:,.0f}", f"{one.added:.2f} ms"
        print(_LINE.format(name, kind, connections, rate, added), flush=True)


def _missed(found: Mapping[str, Measured], kind: str, connections: int) -> list[str]:
    """The targets that were missed, in words."""
    ours, at = found[OURS], f"{kind}, {connections} at a time"
    missed = []
    share = ours.rate / found[FLOOR].rate
    if share < LEAST_OF_THE_FLOOR:
        missed.append(f"{at}: {share:.2f} of the floor, and at least {LEAST_OF_THE_FLOOR} was wanted")
    if connections == 1 and ours.added > MOST_ADDED:
        missed.append(f"{at}: {ours.added:.2f} ms added, and at most {MOST_ADDED} was wanted")
    for name, wanted in TIMES.items() if connections > 1 else ():
        if name in found and ours.rate < wanted * found[name].rate:
            times = ours.rate / found[name].rate
            missed.append(f"{at}: {times:.1f} times {name}, and at least {wanted:g} times was wanted")
    return missed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--portkey", type=Path, help="where `npm install @portkey-ai/gateway` was done")
    parser.add_argument("--litellm", type=Path, help="a virtual environment with litellm[proxy]")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument(
        "--quick", action="store_true", help="show that all of it runs; too little is measured to judge"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
