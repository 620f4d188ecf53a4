"""What every protocol's driver offers to those who make calls. A driver does no I/O."""

import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.call import Broke, Call, CallEvent
from domain.conversation import Protocol
from domain.secret import Secret


@dataclass(frozen=True, slots=True)
class CallModel:
    """The model that a call goes to, as far as its protocol cares.

    Attributes:
        model_id: the vendor's id of it.
        capabilities: what it can do, by the names of our listings; what is not named is not known.
        max_output_tokens: the most tokens of one answer; None: not known.
        context_window: the most tokens of call and answer together; None: not known.
    """

    model_id: str
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    max_output_tokens: int | None = None
    context_window: int | None = None


@dataclass(frozen=True, slots=True)
class VendorRequest:
    """A request that is ready to be sent. A header that holds a key is a ``Secret``; the URL holds none."""

    url: str
    headers: Mapping[str, str | Secret]
    body: bytes
    stream: bool
    method: str = "POST"


class EventReader(typing.Protocol):
    """Reads one answer that comes in pieces. Make a new one for each answer.

    Exactly one ``Ended`` or ``Broke`` comes last, whatever the vendor sends or leaves out; what it sends
    afterwards is passed over. The vendor's refusal to answer at all may be a ``Broke`` with no ``Began``.
    Both methods must be read to their end.
    """

    def feed(self, piece: bytes) -> Iterator[CallEvent]:
        """What these bytes add. They may be cut anywhere, inside a character too."""
        ...

    def end(self) -> Iterator[CallEvent]:
        """What follows from there being no more bytes."""
        ...


class CallDriver(typing.Protocol):
    """Speaks one vendor's protocol. One object serves all calls.

    ``secrets`` are the keys that were sent: a vendor may quote them, and no ``Broke`` may hold one.
    """

    @property
    def protocol(self) -> Protocol:
        """The protocol that it speaks."""
        ...

    def request(self, call: Call, model: CallModel, key: Secret | None, base_url: str) -> VendorRequest:
        """The call in the vendor's words.

        Raises:
            domain.call.Inexpressible: the protocol has no words for something that the call asks for.
        """
        ...

    def events(self, secrets: Sequence[Secret] = ()) -> EventReader:
        """A reader of one streamed answer."""
        ...

    def whole(self, body: bytes, secrets: Sequence[Secret] = ()) -> list[CallEvent]:
        """An answer that came in one piece, as the events that a stream of it would have brought."""
        ...

    def failure(
        self, status: int, headers: Mapping[str, str], body: bytes, secrets: Sequence[Secret] = ()
    ) -> Broke:
        """What an answer with an error status says. ``headers`` have lower-case names."""
        ...
