"""Sign where the log ends, and know the key that does."""

from datetime import datetime

from adapters.postgres.log_verification import log_head
from adapters.postgres.sealed_keys import sealed_key_of_nobody
from adapters.vault.checkpoint import Checkpoint
from adapters.vault.checkpoint_key import (
    CHECKPOINT_KEY_ID,
    CheckpointKey,
    new_checkpoint_key,
    open_checkpoint_key,
    seal_checkpoint_key,
)
from api.commands.core import Core


def checkpoint_key(core: Core) -> CheckpointKey:
    """The database's key, made and sealed at the first asking.

    Raises:
        VaultError: it does not open.
    """
    sealed = sealed_key_of_nobody(
        core.store, CHECKPOINT_KEY_ID, lambda: seal_checkpoint_key(core.vault, new_checkpoint_key())
    )
    return open_checkpoint_key(core.vault, sealed)


def sign_checkpoint(core: Core, at: datetime) -> Checkpoint:
    """The log's head, signed. Raises as :func:`checkpoint_key` does."""
    head = core.store.log.run(log_head)
    return Checkpoint.signed(checkpoint_key(core), position=head.position, hash_=head.hash, time=at)
