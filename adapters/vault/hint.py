"""What may be shown of a key, so that people recognize theirs."""

from domain.secret import Secret

_SHOWN = 4
_SHORTEST_HINTED = 12


def hint(secret: Secret) -> str:
    """The last four characters of a key of at least twelve; of a shorter one nothing."""
    value = secret.reveal()
    return value[-_SHOWN:] if len(value) >= _SHORTEST_HINTED else ""
