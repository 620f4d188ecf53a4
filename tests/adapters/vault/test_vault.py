from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.vault.errors import UnknownFormat
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import FORMAT, Vault
from domain.secret import Secret

_ORGANIZATION, _PROVIDER, _KEY = UUID(int=1), UUID(int=2), UUID(int=3)
_PRINTABLE = st.characters(exclude_categories=("C", "Zl", "Zp"))
_NONCE_BYTES = 12

VaultWith = Callable[..., Vault]
SealSomewhere = Callable[[Vault, Secret], SealedKey]


def _repeated(values: Sequence[bytes]) -> int:
    return len(values) - len(set(values))


def _nonces(sealed_keys: Sequence[SealedKey]) -> list[bytes]:
    return [part[:_NONCE_BYTES] for key in sealed_keys for part in (key.wrapped_key, key.sealed)]


@settings(deadline=None)
@given(text=st.text(_PRINTABLE, min_size=1, max_size=1000), identity=st.tuples(*[st.uuids()] * 3))
def test_any_printable_key_comes_back_as_it_was_sealed(
    vault_with: VaultWith, text: str, identity: tuple[UUID, UUID, UUID]
) -> None:
    organization, provider_id, key_id = identity
    vault = vault_with("k1")
    sealed = vault.seal(Secret(text), organization=organization, provider_id=provider_id, key_id=key_id)
    assert vault.open(sealed).reveal() == text


@pytest.mark.parametrize("text", ["", "\ud800 a lone surrogate", "\x00\n\U0010ffff"])
def test_what_is_no_api_key_comes_back_too(
    vault_with: VaultWith, seal_somewhere: SealSomewhere, text: str
) -> None:
    vault = vault_with("k1")
    assert vault.open(seal_somewhere(vault, Secret(text))).reveal() == text


def test_a_sealed_key_names_its_identity_its_master_key_and_its_format(vault_with: VaultWith) -> None:
    sealed = vault_with("k2", "k1").seal(
        Secret("sk-1"), organization=_ORGANIZATION, provider_id=_PROVIDER, key_id=_KEY
    )
    assert (sealed.organization, sealed.provider_id, sealed.key_id) == (_ORGANIZATION, _PROVIDER, _KEY)
    assert (sealed.master_key_id, sealed.format) == ("k2", FORMAT)


def test_the_same_secret_is_never_sealed_to_the_same_bytes(vault_with: VaultWith) -> None:
    vault = vault_with("k1")
    one, other = (
        vault.seal(Secret("sk-1"), organization=_ORGANIZATION, provider_id=_PROVIDER, key_id=_KEY)
        for _ in range(2)
    )
    assert one.wrapped_key != other.wrapped_key
    assert one.sealed != other.sealed


def test_ten_thousand_seals_repeat_no_nonce(vault_with: VaultWith, seal_somewhere: SealSomewhere) -> None:
    vault = vault_with("k1")
    assert _repeated(_nonces([seal_somewhere(vault, Secret("sk-1")) for _ in range(10_000)])) == 0


def test_the_search_for_repeated_nonces_finds_them_where_they_are(
    vault_with: VaultWith, seal_somewhere: SealSomewhere
) -> None:
    vault = vault_with("k1", random_bytes=bytes)
    assert _repeated(_nonces([seal_somewhere(vault, Secret("sk-1")) for _ in range(2)])) == 3


def test_each_seal_draws_a_data_key_of_256_bits_and_two_nonces_of_96(
    vault_with: VaultWith, seal_somewhere: SealSomewhere
) -> None:
    drawn: list[int] = []

    def random_bytes(count: int) -> bytes:
        drawn.append(count)
        return bytes([len(drawn)]) * count

    seal_somewhere(vault_with("k1", random_bytes=random_bytes), Secret("sk-1"))
    assert sorted(drawn) == [12, 12, 32]


def test_a_format_from_the_future_is_refused_by_name(
    vault_with: VaultWith, seal_somewhere: SealSomewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = vault_with("k1")
    with monkeypatch.context() as future:
        future.setattr("adapters.vault.vault.FORMAT", 7)
        sealed = seal_somewhere(vault, Secret("sk-1"))
    with pytest.raises(UnknownFormat, match=r"sealed-key format 7 .* run that version") as refused:
        vault.open(sealed)
    assert refused.value.number == 7
