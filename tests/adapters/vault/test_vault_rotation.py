from collections.abc import Callable

import pytest

from adapters.vault.errors import UnknownMasterKey
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

VaultWith = Callable[..., Vault]
SealSomewhere = Callable[[Vault, Secret], SealedKey]


@pytest.fixture
def old(vault_with: VaultWith, seal_somewhere: SealSomewhere) -> SealedKey:
    """A key sealed when ``k1`` was the only master key."""
    return seal_somewhere(vault_with("k1"), Secret("sk-1"))


def test_an_old_master_key_still_opens_and_the_new_one_seals(
    vault_with: VaultWith, seal_somewhere: SealSomewhere, old: SealedKey
) -> None:
    rotated = vault_with("k2", "k1")
    assert rotated.open(old).reveal() == "sk-1"
    assert seal_somewhere(rotated, Secret("sk-2")).master_key_id == "k2"


def test_rewrap_moves_a_key_to_the_first_master_key_so_that_the_old_one_can_go(
    vault_with: VaultWith, old: SealedKey
) -> None:
    moved = vault_with("k2", "k1").rewrap(old)
    assert moved.master_key_id == "k2"
    assert (moved.organization, moved.provider_id, moved.key_id) == (
        old.organization,
        old.provider_id,
        old.key_id,
    )
    assert vault_with("k2").open(moved).reveal() == "sk-1"


def test_rewrap_shares_no_data_key_nor_nonce_with_the_old_envelope(
    vault_with: VaultWith, old: SealedKey
) -> None:
    moved = vault_with("k2", "k1").rewrap(old)
    assert moved.wrapped_key[:12] != old.wrapped_key[:12]
    assert moved.sealed[:12] != old.sealed[:12]
    assert moved.sealed[12:] != old.sealed[12:]


def test_rewrap_gives_back_the_very_object_that_is_under_the_first_already(
    vault_with: VaultWith, old: SealedKey
) -> None:
    assert vault_with("k1", "k0").rewrap(old) is old


@pytest.mark.parametrize("act", [Vault.open, Vault.rewrap])
def test_a_retired_master_key_is_asked_for_by_its_id(
    vault_with: VaultWith, old: SealedKey, act: Callable[[Vault, SealedKey], object]
) -> None:
    with pytest.raises(UnknownMasterKey, match="'k1' is not known: add it to KEYROLL_MASTER_KEYS") as unknown:
        act(vault_with("k2"), old)
    assert unknown.value.master_key_id == "k1"
