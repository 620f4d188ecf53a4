"""Fingerprints: values are recognized again without being kept."""

import hmac
import re
from typing import NoReturn, final
from uuid import UUID

from adapters.vault.encoding import unambiguous
from adapters.vault.plaintext import plaintext_of
from domain.secret import Secret

_THIRTY_TWO_BYTES = re.compile(r"[0-9a-f]{64}")
_OF_KEY_BYTES = 16


@final
class Fingerprints:
    """Keyed fingerprints: HMAC-SHA-256 (RFC 2104), with a label of its own for each use.

    Without the fingerprint key nobody can test a guess, and a fingerprint of one use is no answer in another.

    Args:
        key: 32 bytes in hex, as :func:`adapters.vault.fingerprint_key.new_fingerprint_key` makes them.

    Raises:
        ValueError: the key is not 32 bytes in hex.
    """

    __slots__ = ("_keyed",)

    def __init__(self, key: Secret) -> None:
        if not _THIRTY_TWO_BYTES.fullmatch(key.reveal()):
            raise ValueError("the fingerprint key is not 32 bytes in hex: use the one of new_fingerprint_key")
        self._keyed = hmac.new(bytes.fromhex(key.reveal()), digestmod="sha256")

    def of_key(self, organization: UUID, secret: Secret) -> str:
        """Of an API key within one organization: 128 bits as 32 hex digits.

        Two organizations with the same key have different fingerprints, so neither learns of the other.
        """
        return self._digest(b"api key", organization.bytes, plaintext_of(secret))[:_OF_KEY_BYTES].hex()

    def of_token(self, token: Secret) -> str:
        """Of a bearer token, by which it is looked up: 256 bits as 64 hex digits."""
        return self._digest(b"token", plaintext_of(token)).hex()

    def of_request(self, request: bytes) -> str:
        """Of a request, by which a repetition is told from a change: 256 bits as 64 hex digits."""
        return self._digest(b"request", request).hex()

    def _digest(self, label: bytes, *parts: bytes) -> bytes:
        keyed = self._keyed.copy()  # the key is worked in once: each call of a model looks a token up
        keyed.update(unambiguous(b"keyroll fingerprint: " + label, *parts))
        return keyed.digest()

    def __repr__(self) -> str:
        return "Fingerprints(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("fingerprints hold a key, so they are never serialized")
