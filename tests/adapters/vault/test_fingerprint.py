import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.vault.errors import SealBroken
from adapters.vault.fingerprint import Fingerprints
from adapters.vault.fingerprint_key import (
    FINGERPRINT_KEY_ID,
    new_fingerprint_key,
    open_fingerprint_key,
    seal_fingerprint_key,
)
from adapters.vault.vault import Vault
from domain.secret import Secret

VaultWith = Callable[..., Vault]

_ORGANIZATION = UUID(int=1)
_KEY = Secret(bytes(range(32)).hex())
_SECRET = Secret("sk-one-and-the-same")


def test_a_fingerprint_is_the_same_for_the_same_key_organization_and_secret() -> None:
    again = Fingerprints(Secret(bytes(range(32)).hex())).of_key(UUID(int=1), Secret("sk-one-and-the-same"))
    assert Fingerprints(_KEY).of_key(_ORGANIZATION, _SECRET) == again


def test_fingerprints_differ_by_secret_organization_use_and_fingerprint_key() -> None:
    prints, others = Fingerprints(_KEY), Fingerprints(new_fingerprint_key())
    whole = [
        prints.of_key(_ORGANIZATION, _SECRET),
        prints.of_key(_ORGANIZATION, Secret("sk-one-and-the-same.")),
        prints.of_key(UUID(int=2), _SECRET),
        prints.of_token(_SECRET),
        prints.of_token(Secret("sk-one-and-the-same.")),
        prints.of_request(_SECRET.reveal().encode()),
        prints.of_request(b""),
        others.of_key(_ORGANIZATION, _SECRET),
        others.of_token(_SECRET),
        others.of_request(_SECRET.reveal().encode()),
    ]
    assert len({value[:32] for value in whole}) == len(whole)


def test_a_fingerprint_is_hex_of_128_bits_for_keys_and_256_for_tokens_and_requests() -> None:
    prints = Fingerprints(_KEY)
    assert re.fullmatch("[0-9a-f]{32}", prints.of_key(_ORGANIZATION, _SECRET))
    assert re.fullmatch("[0-9a-f]{64}", prints.of_token(_SECRET))
    assert re.fullmatch("[0-9a-f]{64}", prints.of_request(b"body"))


def test_fingerprints_stay_what_they_are_because_events_hold_them() -> None:
    prints = Fingerprints(_KEY)
    label = b"\x00\x00\x00\x1ckeyroll fingerprint: api key"
    message = label + b"\x00\x00\x00\x10" + _ORGANIZATION.bytes + b"\x00\x00\x00\x05sk-\xc3\xbc"
    by_hand = hmac.new(bytes(range(32)), message, hashlib.sha256).hexdigest()
    assert prints.of_key(_ORGANIZATION, Secret("sk-ü")) == by_hand[:32]

    message = b"\x00\x00\x00\x1akeyroll fingerprint: token\x00\x00\x00\x02kr"
    assert prints.of_token(Secret("kr")) == hmac.new(bytes(range(32)), message, hashlib.sha256).hexdigest()

    message = b"\x00\x00\x00\x1ckeyroll fingerprint: request\x00\x00\x00\x02{}"
    assert prints.of_request(b"{}") == hmac.new(bytes(range(32)), message, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "zz" * 32, "00" * 32 + "\n", "canary" * 3])
def test_a_fingerprint_key_that_is_not_32_bytes_in_hex_is_refused_unseen(text: str) -> None:
    with pytest.raises(ValueError, match="not 32 bytes in hex") as refused:
        Fingerprints(Secret(text))
    assert "canary" not in str(refused.value)
    assert "0000" not in str(refused.value)


def test_each_new_fingerprint_key_is_another() -> None:
    assert len({new_fingerprint_key().reveal() for _ in range(100)}) == 100


def test_the_fingerprint_key_comes_back_from_the_vault(vault_with: VaultWith) -> None:
    key = new_fingerprint_key()
    sealed = seal_fingerprint_key(vault_with("k1"), key)
    opened = open_fingerprint_key(vault_with("k2", "k1"), sealed)
    assert Fingerprints(opened).of_token(_SECRET) == Fingerprints(key).of_token(_SECRET)


def test_the_fingerprint_key_belongs_to_no_organization_and_no_provider(vault_with: VaultWith) -> None:
    sealed = seal_fingerprint_key(vault_with("k1"), new_fingerprint_key())
    nobody = UUID(int=0)
    assert (sealed.organization, sealed.provider_id, sealed.key_id) == (nobody, nobody, FINGERPRINT_KEY_ID)


def test_an_api_key_put_in_the_place_of_the_fingerprint_key_is_refused(vault_with: VaultWith) -> None:
    vault = vault_with("k1")
    fitting = new_fingerprint_key()
    planted = vault.seal(fitting, organization=_ORGANIZATION, provider_id=uuid4(), key_id=uuid4())
    renamed = replace(planted, organization=UUID(int=0), provider_id=UUID(int=0), key_id=FINGERPRINT_KEY_ID)
    for sealed in (planted, renamed):
        with pytest.raises(SealBroken):
            open_fingerprint_key(vault, sealed)
