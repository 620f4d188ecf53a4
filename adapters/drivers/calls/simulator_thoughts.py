"""The simulator's thoughts: what it thinks, and by what it knows them again."""

import hashlib
from collections.abc import Sequence

from adapters.drivers.calls.simulator_models import Simulated
from adapters.outbound.failure import OutboundError, OutboundFailure
from domain.call import Thinking
from domain.conversation import Message, Protocol, Reasoning


def thinks(thinking: Thinking | None, one: Simulated) -> bool:
    """Whether it thinks: as it is told, else as it is used to."""
    if thinking is None:
        return one.thinks
    return thinking.effort != "none" and thinking.budget != 0


def signature_of(thoughts: str) -> str:
    """What the simulator recognizes these thoughts by."""
    return f"sim-{hashlib.sha256(thoughts.encode()).hexdigest()[:32]}"


def refuse_altered_thoughts(messages: Sequence[Message]) -> None:
    """Raise OutboundError, as vendors refuse with 400, where thoughts come back other than they went out."""
    for place, message in enumerate(messages):
        for part in message.parts:
            if (
                isinstance(part, Reasoning)
                and part.protocol is Protocol.SIMULATOR
                and part.signature != signature_of(part.text)
            ):
                body = {
                    "error": {
                        "message": f"the thoughts in message {place} are not those that this model had; "
                        "send them back unchanged"
                    }
                }
                raise OutboundError(OutboundFailure.STATUS, "", status=400, body=body)
