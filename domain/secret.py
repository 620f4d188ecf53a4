"""A value that must not be seen: it prints as a mask and refuses to be serialized."""

import hmac
from typing import NoReturn, Self, final


@final
class Secret:
    """An API key, token or password in the clear, for as short a time as one call needs it.

    ``repr``, ``str`` and ``format`` show a mask; pickling and copying raise TypeError, so neither a
    log line, nor a traceback, nor a cache can carry the value. Only :meth:`reveal` gives it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself. Call it where it leaves the process, and keep no reference."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # An environment variable can hold bytes that are no UTF-8; an encoding error would carry the value.
        mine, theirs = (secret.reveal().encode("utf-8", "surrogatepass") for secret in (self, other))
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        raise TypeError("a Secret is not hashable: it must not become a key of a cache")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never serialized")

    def __copy__(self) -> Self:
        raise TypeError("a Secret is never copied")

    def __deepcopy__(self, memo: object) -> Self:
        raise TypeError("a Secret is never copied")
