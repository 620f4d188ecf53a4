"""The stored form, written out a second time by hand: what lies in databases must open for ever."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.errors import SealBroken
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

VaultWith = Callable[..., Vault]

_NONCE = bytes(range(12))
_DATA_KEY = bytes(range(100, 132))
_WRAPPING_LABEL = b"\x00\x00\x00\x17keyroll vault: data key"
_SEALING_LABEL = b"\x00\x00\x00\x15keyroll vault: secret"


@dataclass(frozen=True)
class Owner:
    organization: UUID
    provider_id: UUID
    key_id: UUID

    def bound(self) -> bytes:
        """Format 1 and the identity under master key ``k1``, each part behind its length."""
        ids = (self.organization, self.provider_id, self.key_id)
        return b"\x00\x00\x00\x04\x00\x00\x00\x01" + b"".join(
            b"\x00\x00\x00\x10" + part.bytes for part in ids
        )


_MINE = Owner(UUID(int=1), UUID(int=2), UUID(int=3))


def _sealed_by_hand(wrapping_key: bytes, wrapped_for: Owner, sealed_for: Owner) -> SealedKey:
    name = b"\x00\x00\x00\x02k1"
    wrapped = AESGCM(wrapping_key).encrypt(_NONCE, _DATA_KEY, _WRAPPING_LABEL + wrapped_for.bound() + name)
    sealed = AESGCM(_DATA_KEY).encrypt(_NONCE, b"sk-\xc3\xbc", _SEALING_LABEL + sealed_for.bound() + name)
    return SealedKey(
        key_id=wrapped_for.key_id,
        organization=wrapped_for.organization,
        provider_id=wrapped_for.provider_id,
        master_key_id="k1",
        format=1,
        wrapped_key=_NONCE + wrapped,
        sealed=_NONCE + sealed,
    )


@pytest.fixture
def vault(vault_with: VaultWith) -> Vault:
    return vault_with("k1")


def test_a_key_sealed_by_hand_in_format_1_opens(vault: Vault, master_key: Callable[[str], bytes]) -> None:
    assert vault.open(_sealed_by_hand(master_key("k1"), _MINE, _MINE)).reveal() == "sk-ü"


def test_a_key_is_sealed_exactly_as_by_hand(
    vault_with: VaultWith, master_key: Callable[[str], bytes]
) -> None:
    vault = vault_with("k1", random_bytes=lambda count: _NONCE if count == len(_NONCE) else _DATA_KEY)
    sealed = vault.seal(
        Secret("sk-ü"), organization=_MINE.organization, provider_id=_MINE.provider_id, key_id=_MINE.key_id
    )
    assert sealed == _sealed_by_hand(master_key("k1"), _MINE, _MINE)


@pytest.mark.parametrize("part", ["organization", "provider_id", "key_id"])
def test_the_inner_layer_is_bound_too_though_the_outer_one_is_right(
    vault: Vault, master_key: Callable[[str], bytes], part: str
) -> None:
    other = replace(_MINE, **{part: UUID(int=9)})
    with pytest.raises(SealBroken):
        vault.open(_sealed_by_hand(master_key("k1"), wrapped_for=_MINE, sealed_for=other))


def test_one_layer_never_passes_for_the_other(vault: Vault, master_key: Callable[[str], bytes]) -> None:
    key = master_key("k1")
    bound = _MINE.bound() + b"\x00\x00\x00\x02k1"
    under_the_wrong_label = AESGCM(key).encrypt(_NONCE, _DATA_KEY, _SEALING_LABEL + bound)
    with pytest.raises(SealBroken):
        vault.open(replace(_sealed_by_hand(key, _MINE, _MINE), wrapped_key=_NONCE + under_the_wrong_label))


def test_neighbouring_parts_of_an_identity_cannot_be_shifted_into_each_other(vault: Vault) -> None:
    sealed = vault.seal(
        Secret("sk-1"), organization=_MINE.organization, provider_id=_MINE.provider_id, key_id=_MINE.key_id
    )
    identities = [replace(sealed, master_key_id=name) for name in ("k1", "k", "1")]
    layers = [b"label", b"label\x00", b"labelk"]
    assert len({identity.associated_data(layer) for identity in identities for layer in layers}) == 9
