"""/health and /ready: is the process alive, and can it serve."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from api.http.answers import answer
from api.http.problems import documented
from api.http.problems_list import UNAVAILABLE
from api.routes.parts import Parts


class HealthView(msgspec.Struct, frozen=True):
    """``ok``, where there is an answer at all."""

    status: str = "ok"


@get("/health")
async def health() -> Response[HealthView]:
    """The process is alive."""
    return answer(HealthView())


@get("/ready", responses=documented(UNAVAILABLE))
async def ready(parts: NamedDependency[Parts]) -> Response[HealthView]:
    """The process can serve: its database answers."""
    await parts.reader.rows("SELECT 1")
    return answer(HealthView())


ROUTES: tuple[Any, ...] = (health, ready)
