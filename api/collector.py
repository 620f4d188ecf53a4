"""How often Python looks for garbage in a process that serves."""

import gc
from typing import Final

_NEW_OBJECTS: Final = 20_000
"""A listing of 10,000 models is several 100,000 objects; looked through at every 700, Python's own measure,
they cost a third of the sync."""


def calm_collector() -> None:
    """Look for garbage less often, and never among what was there at the start: modules, routes, schemas."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
