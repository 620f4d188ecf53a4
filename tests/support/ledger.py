"""What clients were promised: the record that a crash is measured against."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Acknowledged:
    """An answer that said: it is done.

    Attributes:
        write: the write's name; its request ids are ``{write}.1``, ``{write}.2``, … one for each attempt.
        position: the answer's Keyroll-Position.
        subject: the object that it was about.
        version: the object's version by the answer; None where the object is gone.
    """

    write: str
    position: int
    subject: UUID
    version: int | None


@dataclass
class Ledger:
    """All that several clients were promised. Threads only add to it.

    Attributes:
        acknowledged: the answers.
        settled: writes whose repetition was answered: it is done, but the first answer is lost.
        sent_keys: by each API key, the write that brought it.
        surprises: answers that no crash explains.
    """

    acknowledged: list[Acknowledged] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    sent_keys: dict[str, str] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)


def write_of(request_id: str) -> str:
    """The write that a request was an attempt of."""
    write, _, attempt = request_id.rpartition(".")
    return write if attempt.isdecimal() else request_id
