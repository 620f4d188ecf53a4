"""What auditors do that is itself worth a line in the trail."""

from typing import ClassVar

from domain.event import Event


class KeySearched(Event):
    """Somebody asked whether a key is one of the organization's.

    ``fingerprint`` is the keyed one, by which later searches for the same key are recognized; the key itself
    is nowhere. ``found``: a provider has it, or had it.
    """

    topic: ClassVar[str] = "audit.key_searched.v1"
    fingerprint: str
    found: bool
