"""Sealing and opening API keys by envelope encryption."""

import os
from collections.abc import Callable
from typing import NoReturn, final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.errors import SealBroken, UnknownFormat
from adapters.vault.master_keys import MasterKeys
from adapters.vault.plaintext import plaintext_of, secret_of
from adapters.vault.sealed_key import SealedKey, SealIdentity
from domain.secret import Secret

FORMAT = 1
"""The format that this version seals in, and the only one it opens."""

_DATA_KEY_LAYER = b"keyroll vault: data key"
_SECRET_LAYER = b"keyroll vault: secret"
_DATA_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


@final
class Vault:
    """Seals each secret with a fresh 256-bit data key, which the first master key wraps.

    Both layers are AES-256-GCM (NIST SP 800-38D) with random nonces of 96 bits, and both authenticate the
    whole identity of the sealed key. No method keeps a data key or a plaintext in a variable of its own while
    something can still fail: a traceback that shows local variables shows neither.

    Args:
        master_keys: the first seals, all open.
        random_bytes: gives as many random bytes as asked for; another one only in tests.
    """

    __slots__ = ("_master_keys", "_random_bytes")

    def __init__(self, master_keys: MasterKeys, *, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._master_keys = master_keys
        self._random_bytes = random_bytes

    @property
    def first_master_key_id(self) -> str:
        """The id of the master key that seals."""
        return self._master_keys.first_id

    def seal(self, secret: Secret, *, organization: UUID, provider_id: UUID, key_id: UUID) -> SealedKey:
        """The secret in an envelope that opens under this identity only."""
        identity = SealIdentity(
            key_id=key_id,
            organization=organization,
            provider_id=provider_id,
            master_key_id=self._master_keys.first_id,
            format=FORMAT,
        )
        master = self._master_keys.cipher(identity.master_key_id)
        of_data_key = identity.associated_data(_DATA_KEY_LAYER)
        of_secret = identity.associated_data(_SECRET_LAYER)
        wrapping_nonce = self._random_bytes(_NONCE_BYTES)
        sealing_nonce = self._random_bytes(_NONCE_BYTES)
        data_key = self._random_bytes(_DATA_KEY_BYTES)
        wrapped_key = master.encrypt(wrapping_nonce, data_key, of_data_key)
        sealed = AESGCM(data_key).encrypt(sealing_nonce, plaintext_of(secret), of_secret)
        return SealedKey(
            key_id=key_id,
            organization=organization,
            provider_id=provider_id,
            master_key_id=identity.master_key_id,
            format=FORMAT,
            wrapped_key=wrapping_nonce + wrapped_key,
            sealed=sealing_nonce + sealed,
        )

    def open(self, sealed: SealedKey) -> Secret:
        """The secret, for one use.

        The identity is that of ``sealed`` itself, so load it by organization, provider and key id together.

        Raises:
            UnknownFormat: a newer version sealed it.
            UnknownMasterKey: its master key was not given.
            SealBroken: it was altered, or stands under an identity not its own.
        """
        if sealed.format != FORMAT:
            raise UnknownFormat(sealed.format)
        master = self._master_keys.cipher(sealed.master_key_id)
        data_cipher = AESGCM(_unlocked(master, sealed.wrapped_key, sealed, _DATA_KEY_LAYER))
        return secret_of(_unlocked(data_cipher, sealed.sealed, sealed, _SECRET_LAYER))

    def rewrap(self, sealed: SealedKey) -> SealedKey:
        """The same secret under the first master key; the same object if it is there already.

        The secret is sealed anew with a fresh data key, since its layer is bound to the master key's id too.
        Raises as :meth:`open` does.
        """
        if sealed.master_key_id == self._master_keys.first_id:
            return sealed
        return self.seal(
            self.open(sealed),
            organization=sealed.organization,
            provider_id=sealed.provider_id,
            key_id=sealed.key_id,
        )

    def __repr__(self) -> str:
        return f"Vault({self._master_keys!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is never serialized")


def _unlocked(cipher: AESGCM, locked: bytes, identity: SealIdentity, layer: bytes) -> bytes:
    if len(locked) < _NONCE_BYTES + _TAG_BYTES:
        raise SealBroken(identity.key_id)
    try:
        return cipher.decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], identity.associated_data(layer))
    except InvalidTag:
        raise SealBroken(identity.key_id) from None
