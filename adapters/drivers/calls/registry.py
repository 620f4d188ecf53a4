"""Which driver speaks which protocol."""

from collections.abc import Mapping
from typing import Final

from adapters.drivers.calls.chat import ChatDriver
from adapters.drivers.calls.driver import CallDriver
from domain.conversation import Protocol

CALL_DRIVERS: Final[Mapping[Protocol, CallDriver]] = {driver.protocol: driver for driver in (ChatDriver(),)}
