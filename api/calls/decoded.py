"""What a caller asked, read from the protocol in which they asked it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.call import Call


class BadCall(Exception):
    """A call that cannot be served as it was asked: 400 in the caller's protocol.

    Args:
        field: the caller's own name of the field, as ``messages[3].content``; None: the body as a whole.
        reason: why, and what to do, for people.
    """

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason if field is None else f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A call and what it says besides.

    Attributes:
        call: what is asked of the model.
        model: which model, in the caller's words; None: the organization's default.
        timeout: seconds in which the answer must be whole; None: not said.
        fields: the caller's names of neutral fields, where they differ.
        include_usage: whether a stream is to tell the tokens.
        echo: what the answer repeats of the request, where the protocol wants that.
    """

    call: Call
    model: str | None
    timeout: float | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    include_usage: bool = True
    echo: Mapping[str, Any] = field(default_factory=dict)

    def name_of(self, neutral: str) -> str:
        """The caller's name of a neutral field, as ``messages[0].content[1]`` for ``messages[0].parts[1]``.

        The longest beginning that has a name of its own gives the name of the whole.
        """
        beginning = neutral
        while beginning:
            if beginning in self.fields:
                return self.fields[beginning]
            beginning = beginning[: max(beginning.rfind("."), beginning.rfind("["), 0)]
        return neutral
