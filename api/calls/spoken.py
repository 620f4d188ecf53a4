"""What a caller's protocol is to the serving of calls, whichever of the two it is."""

import typing
from collections.abc import Sequence

from api.calls.decoded import Decoded
from domain.call import CallEvent
from domain.conversation import Protocol


class SpokenStream(typing.Protocol):
    """Writes one streamed answer."""

    def feed(self, event: CallEvent) -> bytes:
        """The bytes that tell the event; none for some."""
        ...


class Spoken(typing.Protocol):
    """Reads calls and writes answers in one protocol. One object serves all calls."""

    @property
    def protocol(self) -> Protocol:
        """The protocol that it speaks."""
        ...

    def decode(self, body: bytes) -> Decoded:
        """The call in the neutral form. Raises BadCall: it cannot be served as it was asked."""
        ...

    def whole(self, events: Sequence[CallEvent], decoded: Decoded, model_id: str) -> bytes:
        """The answer to a call, from all its events. Raises CallRefused: they end in a ``Broke``."""
        ...

    def stream(self, decoded: Decoded, model_id: str) -> SpokenStream:
        """A writer of the streamed answer to a call."""
        ...
