"""What a driver offers that answers by itself, inside this process, where the others speak to a vendor."""

import typing
from collections.abc import AsyncGenerator, Mapping
from typing import Final

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.simulator import Simulator
from domain.call import Call, CallEvent
from domain.provider_type import ProviderType


class LocalDriver(typing.Protocol):
    """Answers calls. One object serves all of them."""

    def answer(self, call: Call, model: CallModel, attempt: int) -> AsyncGenerator[CallEvent, None]:
        """The answer's events as they come, by the rules of ``domain.call.CallEvent``.

        Args:
            call: what is asked.
            model: of which model.
            attempt: how often it was asked with this time, from 1.

        Raises:
            domain.call.Inexpressible: the driver cannot do something that the call asks for.
            OutboundError: what a vendor's refusal would be, with its status, or a connection that breaks.
        """
        ...


LOCAL_DRIVERS: Final[Mapping[ProviderType, LocalDriver]] = {ProviderType.SIMULATOR: Simulator()}
"""Which provider types are answered here."""
