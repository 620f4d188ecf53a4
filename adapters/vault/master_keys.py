"""The master keys: the first seals, all open."""

import base64
import re
from collections.abc import Mapping
from typing import NoReturn, final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.errors import MasterKeysUnusable, UnknownMasterKey

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_THIRTY_TWO_BYTES = re.compile(r"[A-Za-z0-9+/_-]{43}=?")
_TO_STANDARD_ALPHABET = str.maketrans("-_", "+/")
_SHORTER_THAN_ANY_KEY = 40
"""32 bytes take 43 characters in base64, 64 in hex: what is shorter cannot be a key in the wrong place."""


@final
class MasterKeys:
    """Master keys by id, in order. They exist as ciphers only, never as bytes.

    One master key may wrap at most 2**32 data keys, the limit for random nonces of 96 bits (NIST SP 800-38D,
    section 8.3): far beyond any roll of providers.

    Args:
        ciphers: at least one AES-256-GCM cipher by master key id; the first one seals.

    Raises:
        ValueError: there is none.
    """

    __slots__ = ("_ciphers",)

    def __init__(self, ciphers: Mapping[str, AESGCM]) -> None:
        if not ciphers:
            raise ValueError("at least one master key is needed: nothing could be sealed without")
        self._ciphers = dict(ciphers)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all master keys, the sealing one first."""
        return tuple(self._ciphers)

    @property
    def first_id(self) -> str:
        """The id of the master key that seals."""
        return self.ids[0]

    def cipher(self, master_key_id: str) -> AESGCM:
        """The cipher of one master key. Raises UnknownMasterKey."""
        try:
            return self._ciphers[master_key_id]
        except KeyError:
            raise UnknownMasterKey(master_key_id) from None

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(self._ciphers)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("master keys are never serialized")


def parse_master_keys(text: str, *, source: str = "KEYROLL_MASTER_KEYS") -> MasterKeys:
    """Master keys written as ``id:base64[,id:base64...]``.

    An id has 1 to 64 of the characters ``A-Z a-z 0-9 . _ -`` and occurs once. A key is 32 bytes in base64
    (RFC 4648, section 4 or 5; the padding may be left out). White space around an entry is ignored.

    Args:
        text: the master keys, the sealing one first.
        source: where the text comes from, named in errors.

    Raises:
        MasterKeysUnusable: an entry is wrong; says which and what to write instead, and shows no key.
    """
    ciphers: dict[str, AESGCM] = {}
    for position, entry in enumerate(text.split(","), start=1):
        master_key_id, separator, encoded = entry.strip().partition(":")
        where = f"{source}, position {position}"
        if not _ID.fullmatch(master_key_id):
            raise MasterKeysUnusable(
                f"{where}: write it as id:base64, the id with 1 to 64 of the characters A-Z a-z 0-9 . _ -"
            )
        # Without a colon the whole entry would be shown as an id, and it can be any secret.
        if separator and len(master_key_id) < _SHORTER_THAN_ANY_KEY:
            where += f", id {master_key_id!r}"
        if master_key_id in ciphers:
            raise MasterKeysUnusable(f"{where}: the id is there twice; give each master key an id of its own")
        if not _THIRTY_TWO_BYTES.fullmatch(encoded):
            raise MasterKeysUnusable(
                f"{where}: the key is not 32 bytes in base64; make one with `openssl rand -base64 32`"
            )
        ciphers[master_key_id] = AESGCM(_decoded(encoded))
    return MasterKeys(ciphers)


def _decoded(encoded: str) -> bytes:
    return base64.b64decode(encoded.rstrip("=").translate(_TO_STANDARD_ALPHABET) + "=")
