"""A sealed key, as it is stored: useless without the master key, and in any place but its own."""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from adapters.vault.encoding import unambiguous


@lru_cache(1024)  # every call of a model opens a key, the same one again and again; nothing here is secret
def _associated_data(
    layer: bytes, form: int, organization: UUID, provider_id: UUID, key_id: UUID, master_key_id: str
) -> bytes:
    return unambiguous(
        layer,
        form.to_bytes(4, "big"),
        organization.bytes,
        provider_id.bytes,
        key_id.bytes,
        master_key_id.encode(),
    )


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
        return _associated_data(
            layer, self.format, self.organization, self.provider_id, self.key_id, self.master_key_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey(SealIdentity):
    """An envelope: a data key wrapped by the master key, and the secret sealed by the data key.

    Both byte fields are a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. They stay out of
    ``repr``, because a copy in a log would outlive the row when a key is destroyed.
    """

    wrapped_key: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
