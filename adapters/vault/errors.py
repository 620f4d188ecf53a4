"""Why the vault refuses. No message carries a key, a plaintext or a ciphertext."""

from uuid import UUID


class VaultError(Exception):
    """The vault could not do what was asked. The message says what to do about it."""


class MasterKeysUnusable(VaultError):
    """The text or file that should hold the master keys cannot be used as it is."""


class UnknownMasterKey(VaultError):
    """A sealed key names a master key that this process was not given.

    Args:
        master_key_id: the id that the sealed key names.
    """

    def __init__(self, master_key_id: str) -> None:
        super().__init__(
            f"master key {master_key_id!r} is not known: add it to KEYROLL_MASTER_KEYS, after the first, "
            "until `keyroll vault rewrap` has moved every sealed key away from it"
        )
        self.master_key_id = master_key_id


class UnknownFormat(VaultError):
    """A sealed key is of a format that this version of Keyroll does not read.

    Args:
        number: the format that the sealed key names.
    """

    def __init__(self, number: int) -> None:
        super().__init__(
            f"sealed-key format {number} is not known: a newer Keyroll wrote it, so run that version or later"
        )
        self.number = number


class SealBroken(VaultError):
    """Authentication failed: bytes were altered, or the sealed key stands under an identity not its own.

    Args:
        key_id: the id under which it was to be opened.
    """

    def __init__(self, key_id: UUID) -> None:
        super().__init__(
            f"sealed key {key_id} does not open: it was altered, belongs elsewhere, or its master key's id "
            "stands for other bytes now; correct KEYROLL_MASTER_KEYS, restore the row, or enter the key again"
        )
        self.key_id = key_id
