import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.vault.errors import MasterKeysUnusable, UnknownMasterKey
from adapters.vault.master_keys import MasterKeys, parse_master_keys

_KEY = bytes(range(220, 252))
_STANDARD = base64.b64encode(_KEY).decode()
_URL_SAFE = base64.urlsafe_b64encode(_KEY).decode()
_OTHER = base64.b64encode(bytes(range(32))).decode()
_NONCE = bytes(12)


def _is_the_key(keys: MasterKeys, master_key_id: str) -> bool:
    proof = AESGCM(_KEY).encrypt(_NONCE, b"proof", None)
    return keys.cipher(master_key_id).encrypt(_NONCE, b"proof", None) == proof


def _pieces(text: str, size: int = 8) -> Iterator[str]:
    return (text[start : start + size] for start in range(len(text) - size + 1))


def test_the_first_master_key_seals_and_the_order_is_kept() -> None:
    keys = parse_master_keys(f"2026-11:{_STANDARD},2025-11:{_OTHER}")
    assert keys.first_id == "2026-11"
    assert keys.ids == ("2026-11", "2025-11")
    assert _is_the_key(keys, "2026-11")
    assert not _is_the_key(keys, "2025-11")


@pytest.mark.parametrize(
    "encoded", [_STANDARD, _URL_SAFE, _STANDARD.rstrip("="), _URL_SAFE.rstrip("="), f"{_STANDARD} \n"]
)
def test_standard_and_url_safe_base64_read_the_same_with_or_without_padding(encoded: str) -> None:
    assert _STANDARD != _URL_SAFE
    assert _is_the_key(parse_master_keys(f" k1:{encoded}"), "k1")


@pytest.mark.parametrize("master_key_id", ["a", "A-Z.a_z-0.9", "x" * 64])
def test_an_id_has_one_to_sixty_four_plain_characters(master_key_id: str) -> None:
    assert parse_master_keys(f"{master_key_id}:{_STANDARD}").ids == (master_key_id,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "position 1: write it as id:base64"),
        (_STANDARD, "position 1: write it as id:base64"),
        (f":{_STANDARD}", "position 1: write it as id:base64"),
        (f"k1:{_STANDARD},", "position 2: write it as id:base64"),
        (f"k1:{_STANDARD},a b:{_OTHER}", "position 2: write it as id:base64"),
        (f"clé:{_STANDARD}", "position 1: write it as id:base64"),
        (f"{'x' * 65}:{_STANDARD}", "position 1: write it as id:base64"),
        (f"{_STANDARD}:k1", "position 1: write it as id:base64"),
        (f"{_URL_SAFE.rstrip('=')}:k1", "position 1: the key is not 32 bytes"),
        (f"{_KEY.hex()}:k1", "position 1: the key is not 32 bytes"),
        (_URL_SAFE.rstrip("="), "position 1: the key is not 32 bytes"),
        (f"k1:{_KEY.hex()}", "position 1, id 'k1': the key is not 32 bytes"),
        (f"k1:{_STANDARD};k2:{_OTHER}", "position 1, id 'k1': the key is not 32 bytes"),
        (f"k1:{_OTHER},k2:", "position 2, id 'k2': the key is not 32 bytes"),
        (f"k1:{_STANDARD[:-5]}", "position 1, id 'k1': the key is not 32 bytes"),
        (f"k1:{_STANDARD}=", "position 1, id 'k1': the key is not 32 bytes"),
        (f"k1:{_STANDARD[:-1]}A", "position 1, id 'k1': the key is not 32 bytes"),
        (f"k1:{_STANDARD[:20]} {_STANDARD[20:]}", "position 1, id 'k1': the key is not 32 bytes"),
        (f"k1:{_STANDARD},k1:{_OTHER}", "position 2, id 'k1': the id is there twice"),
    ],
)
def test_an_entry_that_is_wrong_is_refused_by_position_and_shows_no_key(text: str, complaint: str) -> None:
    with pytest.raises(MasterKeysUnusable) as refused:
        parse_master_keys(text)
    message = str(refused.value)
    assert message.startswith(f"KEYROLL_MASTER_KEYS, {complaint}")
    shown = [piece for key in (_STANDARD, _URL_SAFE, _KEY.hex(), _OTHER) for piece in _pieces(key)]
    assert not [piece for piece in shown if piece in message]
    assert refused.value.__cause__ is None


def test_the_search_for_pieces_of_a_key_finds_one_that_is_there() -> None:
    assert any(piece in f"bad key {_STANDARD[3:20]}" for piece in _pieces(_STANDARD))


def test_an_error_names_the_source_it_was_given() -> None:
    with pytest.raises(MasterKeysUnusable, match=r"^/data/master\.key, position 1"):
        parse_master_keys("nothing", source="/data/master.key")


def test_a_master_key_that_was_not_given_is_asked_for_by_its_id() -> None:
    with pytest.raises(UnknownMasterKey, match="master key 'k0' is not known"):
        parse_master_keys(f"k1:{_STANDARD}").cipher("k0")


def test_no_master_key_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one master key"):
        MasterKeys({})


def test_master_keys_do_not_change_with_what_they_were_made_from() -> None:
    ciphers = {"k1": AESGCM(_KEY)}
    keys = MasterKeys(ciphers)
    ciphers["k2"] = AESGCM(_KEY)
    assert keys.ids == ("k1",)
