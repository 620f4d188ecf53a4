"""The simulator: a driver without a vendor, that answers the same to the same call.

It is for trying things out and for tests. What it says follows from the call and the model's name alone.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.simulator_models import Simulated, simulated
from adapters.drivers.calls.simulator_thoughts import refuse_altered_thoughts
from adapters.drivers.calls.simulator_turn import turn
from adapters.outbound.failure import OutboundError, OutboundFailure
from domain.call import Began, Call, CallEvent

_RETRY_AFTER: Final = {429: {"retry-after": "1"}}


class Simulator:
    """Answers calls of all simulated models. See ``LocalDriver``.

    Args:
        pause: how to wait; also between the pieces of an answer, so that others get their turn.
    """

    def __init__(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause = pause

    async def answer(self, call: Call, model: CallModel, attempt: int) -> AsyncGenerator[CallEvent, None]:
        """See ``LocalDriver``."""
        one = simulated(model.model_id)
        if one.status is not None and attempt <= one.refusals:
            raise _refusal(one.status, one)
        refuse_altered_thoughts(call.messages)
        events = turn(call, one)
        await self._pause(one.first_wait)
        yield Began(None, model.model_id)
        for number, event in enumerate(events):
            if one.breaks_off and number >= len(events) // 2:
                raise OutboundError(OutboundFailure.UNREACHABLE, "the simulated connection broke")
            await self._pause(one.wait)
            yield event


def _refusal(status: int, one: Simulated) -> OutboundError:
    body = {"error": {"message": f"this is what {one.model_id} is for", "type": "simulated"}}
    return OutboundError(
        OutboundFailure.STATUS, "", status=status, headers=_RETRY_AFTER.get(status), body=body
    )
