from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.errors import SealBroken, VaultError
from adapters.vault.master_keys import MasterKeys
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

_COUNT = 20
_NAMES = [f"master-{number}" for number in range(_COUNT)]

VaultWith = Callable[..., Vault]
SealSomewhere = Callable[[Vault, Secret], SealedKey]


def _changed(sealed: SealedKey, part: str, value: object) -> SealedKey:
    changes: dict[str, Any] = {part: value}
    return replace(sealed, **changes)


def _refused(vault: Vault, sealed_keys: Iterator[SealedKey]) -> tuple[int, int]:
    """How many were refused, and out of how many."""
    refused = total = 0
    for sealed in sealed_keys:
        total += 1
        try:
            vault.open(sealed)
        except VaultError:
            refused += 1
    return refused, total


@pytest.fixture(scope="module")
def roll(vault_with: VaultWith, seal_somewhere: SealSomewhere) -> list[SealedKey]:
    """Twenty sealed keys that share no part of their identities, each under a master key of its own."""
    return [seal_somewhere(vault_with(name), Secret(f"sk-{name}")) for name in _NAMES]


@pytest.fixture
def vault(vault_with: VaultWith) -> Vault:
    return vault_with(*_NAMES)


def test_every_sealed_key_opens_under_its_own_identity(vault: Vault, roll: list[SealedKey]) -> None:
    assert [vault.open(sealed).reveal() for sealed in roll] == [f"sk-{name}" for name in _NAMES]


@pytest.mark.parametrize("part", ["organization", "provider_id", "key_id", "master_key_id"])
def test_no_sealed_key_opens_with_one_part_of_anothers_identity(
    vault: Vault, roll: list[SealedKey], part: str
) -> None:
    moved = (_changed(mine, part, getattr(other, part)) for mine, other in permutations(roll, 2))
    assert _refused(vault, moved) == (380, 380)


def test_no_sealed_key_opens_under_the_whole_identity_of_another(vault: Vault, roll: list[SealedKey]) -> None:
    moved = (
        replace(other, wrapped_key=mine.wrapped_key, sealed=mine.sealed)
        for mine, other in permutations(roll, 2)
    )
    assert _refused(vault, moved) == (380, 380)


@pytest.mark.parametrize("part", ["wrapped_key", "sealed"])
def test_no_sealed_key_opens_with_half_of_anothers_envelope(
    vault: Vault, roll: list[SealedKey], part: str
) -> None:
    mixed = (_changed(mine, part, getattr(other, part)) for mine, other in permutations(roll, 2))
    assert _refused(vault, mixed) == (380, 380)


@pytest.mark.parametrize("number", [-1, 0, 2, 3, 2**32])
def test_no_sealed_key_opens_under_another_format(vault: Vault, roll: list[SealedKey], number: int) -> None:
    assert _refused(vault, (replace(sealed, format=number) for sealed in roll)) == (_COUNT, _COUNT)


def test_the_format_is_bound_even_where_the_other_one_is_known(
    vault: Vault, roll: list[SealedKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.vault.vault.FORMAT", 2)
    for sealed in roll:
        with pytest.raises(SealBroken):
            vault.open(replace(sealed, format=2))


def test_the_master_key_id_is_bound_even_where_two_ids_stand_for_the_same_bytes(
    seal_somewhere: SealSomewhere,
) -> None:
    cipher = AESGCM(bytes(32))
    vault = Vault(MasterKeys({"one": cipher, "twin": cipher}))
    sealed = seal_somewhere(vault, Secret("sk-1"))
    with pytest.raises(SealBroken):
        vault.open(replace(sealed, master_key_id="twin"))
    assert vault.open(sealed).reveal() == "sk-1"


@pytest.mark.parametrize("part", ["wrapped_key", "sealed"])
def test_no_sealed_key_opens_with_any_single_bit_changed(
    vault: Vault, roll: list[SealedKey], part: str
) -> None:
    whole: bytes = getattr(roll[0], part)
    number = int.from_bytes(whole, "big")
    bits = range(len(whole) * 8)
    flipped = (_changed(roll[0], part, (number ^ (1 << bit)).to_bytes(len(whole), "big")) for bit in bits)
    assert _refused(vault, flipped) == (len(bits), len(bits))
    assert _refused(vault, iter([_changed(roll[0], part, bytes(whole))])) == (0, 1)


@pytest.mark.parametrize("part", ["wrapped_key", "sealed"])
def test_no_sealed_key_opens_cut_short_or_lengthened(vault: Vault, roll: list[SealedKey], part: str) -> None:
    whole: bytes = getattr(roll[0], part)
    cut = [whole[:length] for length in range(len(whole))]
    changed = (_changed(roll[0], part, value) for value in [*cut, whole + b"\x00", b"\x00" + whole])
    assert _refused(vault, changed) == (len(whole) + 2, len(whole) + 2)


def test_the_error_of_a_broken_seal_names_the_key_id_and_what_to_do(
    vault: Vault, roll: list[SealedKey]
) -> None:
    elsewhere = replace(roll[0], key_id=uuid4())
    with pytest.raises(SealBroken, match=r"restore the row, or enter the key again") as broken:
        vault.open(elsewhere)
    assert broken.value.key_id == elsewhere.key_id
    assert str(elsewhere.key_id) in str(broken.value)
