"""The fingerprint key: one for the whole database, sealed in the vault like an API key."""

import os
from uuid import UUID

from adapters.vault.errors import SealBroken
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

FINGERPRINT_KEY_ID = UUID("6b657972-6f6c-4c20-8669-6e6765727072")
"""The key id under which it is stored; it belongs to no organization and no provider."""

_NOBODY = UUID(int=0)


def new_fingerprint_key() -> Secret:
    """A fresh random fingerprint key: 32 bytes in hex. Changing the key makes all fingerprints unknown."""
    return Secret(os.urandom(32).hex())


def seal_fingerprint_key(vault: Vault, key: Secret) -> SealedKey:
    """The fingerprint key as it is stored, under its fixed identity."""
    return vault.seal(key, organization=_NOBODY, provider_id=_NOBODY, key_id=FINGERPRINT_KEY_ID)


def open_fingerprint_key(vault: Vault, sealed: SealedKey) -> Secret:
    """The stored fingerprint key.

    Raises:
        SealBroken: it was altered, or is another sealed key put in its place.
        UnknownMasterKey: its master key was not given.
        UnknownFormat: a newer version sealed it.
    """
    if (sealed.organization, sealed.provider_id, sealed.key_id) != (_NOBODY, _NOBODY, FINGERPRINT_KEY_ID):
        raise SealBroken(sealed.key_id)
    return vault.open(sealed)
