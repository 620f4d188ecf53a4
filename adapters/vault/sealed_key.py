"""A sealed key, as it is stored: useless without the master key, and in any place but its own."""

from dataclasses import dataclass, field
from uuid import UUID

from adapters.vault.encoding import unambiguous


@dataclass(frozen=True, slots=True, kw_only=True)
class SealIdentity:
    """Whose key it is and how it was sealed: all that both layers of the envelope are bound to."""

    key_id: UUID
    organization: UUID
    provider_id: UUID
    master_key_id: str
    format: int

    def associated_data(self, layer: bytes) -> bytes:
        """What AES-GCM authenticates beside the ciphertext.

        Args:
            layer: the label of the layer, so that one layer's ciphertext never passes for the other's.
        """
        return unambiguous(
            layer,
            self.format.to_bytes(4, "big"),
            self.organization.bytes,
            self.provider_id.bytes,
            self.key_id.bytes,
            self.master_key_id.encode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey(SealIdentity):
    """An envelope: a data key wrapped by the master key, and the secret sealed by the data key.

    Both byte fields are a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. They stay out of
    ``repr``, because a copy in a log would outlive the row when a key is destroyed.
    """

    wrapped_key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
