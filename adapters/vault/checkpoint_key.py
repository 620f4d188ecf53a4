"""The key that signs checkpoints of the log: Ed25519 (RFC 8032), one for a database, sealed in the vault."""

from typing import Final, NoReturn, final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adapters.vault.errors import SealBroken
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

CHECKPOINT_KEY_ID: Final = UUID("6b657972-6f6c-4c20-8368-65636b706f69")
"""The key id under which it is stored; it belongs to no organization and no provider."""

_NOBODY: Final = UUID(int=0)


@final
class CheckpointKey:
    """Signs.

    Args:
        seed: 32 bytes in hex, as :func:`new_checkpoint_key` makes them.
    """

    __slots__ = ("_key",)

    def __init__(self, seed: Secret) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed.reveal()))

    @property
    def public_key(self) -> str:
        """What tells its signatures from others': 32 bytes in hex."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature, 64 bytes in hex."""
        return self._key.sign(message).hex()

    def __repr__(self) -> str:
        return "CheckpointKey(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key is never serialized")


def is_signed(message: bytes, *, signature: str, public_key: str) -> bool:
    """Whether the owner of the public key made this signature of the message. Both are in hex."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            bytes.fromhex(signature), message
        )
    except InvalidSignature:
        return False
    return True


def new_checkpoint_key() -> Secret:
    """A fresh seed: 32 random bytes in hex."""
    return Secret(Ed25519PrivateKey.generate().private_bytes_raw().hex())


def seal_checkpoint_key(vault: Vault, seed: Secret) -> SealedKey:
    """The seed as it is stored, under its fixed identity."""
    return vault.seal(seed, organization=_NOBODY, provider_id=_NOBODY, key_id=CHECKPOINT_KEY_ID)


def open_checkpoint_key(vault: Vault, sealed: SealedKey) -> CheckpointKey:
    """The stored key.

    Raises:
        SealBroken: it was altered, or is another sealed key put in its place.
        UnknownMasterKey: its master key was not given.
        UnknownFormat: a newer version sealed it.
    """
    if (sealed.organization, sealed.provider_id, sealed.key_id) != (_NOBODY, _NOBODY, CHECKPOINT_KEY_ID):
        raise SealBroken(sealed.key_id)
    return CheckpointKey(vault.open(sealed))
