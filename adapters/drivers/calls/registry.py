"""Which driver speaks which protocol."""

from collections.abc import Mapping
from typing import Final

from adapters.drivers.calls.chat import ChatDriver
from adapters.drivers.calls.driver import CallDriver
from adapters.drivers.calls.generate_content import GenerateContentDriver
from adapters.drivers.calls.messages import MessagesDriver
from adapters.drivers.calls.responses import ResponsesDriver
from domain.conversation import Protocol

_DRIVERS: Final[tuple[CallDriver, ...]] = (
    ChatDriver(),
    ResponsesDriver(),
    MessagesDriver(),
    GenerateContentDriver(),
)

CALL_DRIVERS: Final[Mapping[Protocol, CallDriver]] = {driver.protocol: driver for driver in _DRIVERS}
