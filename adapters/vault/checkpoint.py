"""A checkpoint of the log: its head at a moment, signed, to be kept where nobody can alter the log."""

from datetime import datetime
from typing import Annotated, Final, Self

import msgspec

from adapters.vault.checkpoint_key import CheckpointKey, is_signed
from adapters.vault.encoding import unambiguous
from adapters.vault.errors import VaultError
from domain.instants import spelt

_LABEL: Final = b"keyroll log checkpoint 1"
_LARGEST: Final = 2**63 - 1

Hex32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]


class CheckpointUnusable(VaultError):
    """The text is no checkpoint, or nobody who is trusted signed it."""


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed head.

    Attributes:
        position: the last event's position.
        hash: its hash, in hex.
        time: when this was signed, by the clock of who signed it (RFC 3339).
        public_key: the Ed25519 key that signed, in hex.
        signature: over all the others but the key, in hex.
    """

    position: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]
    hash: Hex32
    time: str
    public_key: Hex32
    signature: Hex64

    @classmethod
    def signed(cls, key: CheckpointKey, *, position: int, hash_: bytes, time: datetime) -> Self:
        """A new checkpoint."""
        told = spelt(time)
        signature = key.sign(_message(position, hash_.hex(), told))
        return cls(position, hash_.hex(), told, key.public_key, signature)

    @classmethod
    def read(cls, text: bytes) -> Self:
        """The checkpoint that :meth:`text` wrote. Its signature has not been checked yet.

        Raises:
            CheckpointUnusable: it is none; the message says what is wrong with it.
        """
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise CheckpointUnusable(
                f"this is no checkpoint ({error}): give the file that `keyroll log checkpoint` was saved in"
            ) from None

    def text(self) -> str:
        """JSON, on one line."""
        return msgspec.json.encode(self).decode()

    def check_signed_by(self, public_key: str) -> None:
        """Check who signed.

        Args:
            public_key: the key that is trusted, in hex. That of the checkpoint itself proves nothing: whoever
                makes up a checkpoint brings a key along.

        Raises:
            CheckpointUnusable: another key signed, or the checkpoint was changed after it was signed.
        """
        if self.public_key != public_key:
            raise CheckpointUnusable(
                f"the checkpoint is signed with the key {self.public_key}, and the trusted one is "
                f"{public_key}: one of the two was replaced"
            )
        message = _message(self.position, self.hash, self.time)
        if not is_signed(message, signature=self.signature, public_key=public_key):
            raise CheckpointUnusable("the checkpoint was changed after it was signed: its signature is wrong")


def _message(position: int, hash_: str, time: str) -> bytes:
    return unambiguous(_LABEL, position.to_bytes(8, "big"), bytes.fromhex(hash_), time.encode())
