"""What routes work with, injected by the names that handlers give them."""

import asyncio
from dataclasses import dataclass
from typing import Any, TypeAlias

from litestar import Request

from adapters.postgres.appending import Appending
from adapters.postgres.reader import Reader
from adapters.postgres.recognizer import Recognizer
from adapters.postgres.tail import Tail
from api.calls.call_parts import CallParts
from api.commands.caller import Caller
from api.commands.checks import Checking
from api.commands.core import Core
from api.commands.keys import EnvironmentKeys
from api.commands.projections import Rebuilding
from api.commands.syncs import Syncing
from api.delivery import Messenger
from api.http.idempotency import Idempotency
from api.metrics.metrics import Metrics
from api.scheduler import Scheduler
from api.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running Keyroll. ``stopping`` is set when it is asked to stop."""

    core: Core
    reader: Reader
    recognizer: Recognizer
    appending: Appending
    syncing: Syncing
    checking: Checking
    idempotency: Idempotency
    environment_keys: EnvironmentKeys
    scheduler: Scheduler
    timetable: Timetable
    tail: Tail
    messenger: Messenger
    rebuilding: Rebuilding
    calls: CallParts
    metrics: Metrics
    stopping: asyncio.Event


CallerRequest: TypeAlias = Request[Caller, Any, Any]
"""A request whose token was recognized."""
