"""The simulator's models: their names say what is special about each. A model of another name is an echo."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Simulated:
    """How a model behaves.

    Attributes:
        model_id: its name.
        description: for people who choose among them.
        thinks: it thinks unless it is asked not to; the others think when they are asked to.
        uses_tools: it calls tools unless it is asked not to; the others call them when they must.
        counts_to: it counts so far, in the place of an echo.
        declines: it refuses politely.
        first_wait: seconds before its answer begins.
        wait: seconds before each further piece of its answer.
        status: the HTTP status that it refuses with.
        refusals: how many attempts it refuses.
        breaks_off: its connection breaks in the middle of the answer.
    """

    model_id: str
    description: str
    thinks: bool = False
    uses_tools: bool = False
    counts_to: int = 0
    declines: bool = False
    first_wait: float = 0.0
    wait: float = 0.0
    status: int | None = None
    refusals: int = 0
    breaks_off: bool = False


_ALWAYS: Final = 1_000


def _error(status: int) -> Simulated:
    text = f"Refuses every attempt with HTTP {status}, as a vendor would."
    return Simulated(f"sim-error-{status}", text, status=status, refusals=_ALWAYS)


SIMULATED: Final = (
    Simulated("sim-echo", "Repeats your words. Fits an output schema, thinks and calls tools when told to."),
    Simulated(
        "sim-tools",
        "Calls the tools that your message names, or else the first one, and tells what they answer.",
        uses_tools=True,
    ),
    Simulated(
        "sim-thinking",
        "Thinks before it speaks, and between calls of tools. Its thoughts must come back unchanged.",
        thinks=True,
        uses_tools=True,
    ),
    Simulated("sim-long", "Counts to 1,000.", counts_to=1_000),
    Simulated(
        "sim-slow",
        "Takes a second before it begins to repeat your words, and a tenth for each.",
        first_wait=1.0,
        wait=0.1,
    ),
    Simulated("sim-refusal", "Declines to answer.", declines=True),
    Simulated(
        "sim-flaky", "Is overloaded at the first attempt, and answers the second.", status=503, refusals=1
    ),
    Simulated("sim-cut-off", "Breaks off in the middle of its answer.", breaks_off=True),
    _error(400),
    _error(401),
    _error(429),
    _error(500),
    _error(503),
)
"""What a simulator lists. Further models can be added by hand: ``sim-error-418`` refuses with 418."""

_BY_ID: Final = {one.model_id: one for one in SIMULATED}
_ERROR: Final = re.compile(r"sim-error-([45][0-9]{2})")


def simulated(model_id: str) -> Simulated:
    """How the model of this name behaves."""
    if model_id in _BY_ID:
        return _BY_ID[model_id]
    error = _ERROR.fullmatch(model_id)
    return _error(int(error[1])) if error else Simulated(model_id, "Repeats your words.")
