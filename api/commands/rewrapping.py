"""Move every sealed key to the first master key, while everything goes on."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

from adapters.postgres.sealed_keys import (
    replace_sealed_key,
    sealed_keys_by_master_key,
    sealed_keys_not_under,
)
from adapters.vault.errors import VaultError
from api.commands.core import Core

BATCH: Final = 100


class VaultStatus(NamedTuple):
    """How many sealed keys lie under each master key, the first one's id, and whether all lie under it."""

    by_master_key: Mapping[str, int]
    first: str

    @property
    def settled(self) -> bool:
        return set(self.by_master_key) <= {self.first}


class Rewrapped(NamedTuple):
    """What a run of rewrapping did. ``unopened`` says why a key could not be moved, by its id."""

    moved: int
    unopened: dict[UUID, str]


def vault_status(core: Core) -> VaultStatus:
    """Count the sealed keys."""
    return VaultStatus(sealed_keys_by_master_key(core.store), core.vault.first_master_key_id)


def rewrap_all(core: Core) -> Rewrapped:
    """Seal each key anew under the first master key, by compare-and-set, so that no rotation is undone.

    It may be stopped at any moment and run again: what is moved stays moved.
    """
    moved, unopened, after = 0, dict[UUID, str](), UUID(int=0)
    while True:
        batch = sealed_keys_not_under(core.store, core.vault.first_master_key_id, after=after, limit=BATCH)
        if not batch:
            return Rewrapped(moved, unopened)
        for sealed in batch:
            after = sealed.key_id
            try:
                moved += replace_sealed_key(core.store, sealed, core.vault.rewrap(sealed))
            except VaultError as error:
                unopened[sealed.key_id] = str(error)
