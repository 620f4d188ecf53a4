"""Nothing that the vault makes shows a secret, neither printed nor pickled nor in a traceback."""

import base64
import copy
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from adapters.vault.errors import VaultError
from adapters.vault.fingerprint import Fingerprints
from adapters.vault.fingerprint_key import new_fingerprint_key
from adapters.vault.master_keys import MasterKeys, parse_master_keys
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret

_PLAINTEXT = "sk-canary-0123456789-ü"
_DATA_KEY = bytes(range(64, 96))

VaultWith = Callable[..., Vault]
SealSomewhere = Callable[[Vault, Secret], SealedKey]


def _forms(value: bytes) -> set[bytes]:
    """Every form in which bytes may show through: raw, as Python writes them, hex, base64."""
    base64_forms = {base64.b64encode(value), base64.urlsafe_b64encode(value)}
    return {value, repr(value)[2:-1].encode(), value.hex().encode()} | {
        form.rstrip(b"=") for form in base64_forms
    }


def _shown(values: Iterable[bytes], where: Iterable[bytes]) -> list[bytes]:
    """The values of which some form is seen in one of the texts."""
    texts = list(where)
    return [value for value in values if any(form in text for form in _forms(value) for text in texts)]


def _faces(thing: object) -> Iterator[bytes]:
    """The thing as people, logs and caches would see it."""
    yield repr(thing).encode()
    yield str(thing).encode()
    yield f"{thing}".encode()
    yield repr(getattr(thing, "__dict__", None)).encode()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            yield pickle.dumps(thing, protocol)
        except TypeError as refused:
            yield str(refused).encode()


def _traceback_with_variables(error: BaseException) -> bytes:
    """The traceback with the local variables of each frame, this test's own frames left out."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    whole.stack = traceback.StackSummary.from_list(
        [frame for frame in whole.stack if "/adapters/vault/" in frame.filename.partition("/tests/")[0]]
    )
    assert whole.stack, "the error must come out of the vault"
    return "".join(whole.format()).encode()


@pytest.fixture
def secrets(master_key: Callable[[str], bytes]) -> list[bytes]:
    return [_PLAINTEXT.encode(), _DATA_KEY, master_key("k1"), master_key("k2")]


@pytest.fixture
def vault(vault_with: VaultWith) -> Vault:
    return vault_with("k1", "k2", random_bytes=lambda count: _DATA_KEY[:count])


@dataclass(frozen=True)
class _Careless:
    key: bytes


def test_the_search_finds_each_secret_in_something_careless(secrets: list[bytes]) -> None:
    for value in secrets:
        assert _shown(secrets, _faces(_Careless(value))) == [value]
        assert _shown(secrets, [f"key {value.hex()}".encode()]) == [value]
        assert _shown(secrets, [b"key " + base64.b64encode(value)]) == [value]


def test_no_face_of_anything_the_vault_makes_shows_a_secret(
    vault: Vault, seal_somewhere: SealSomewhere, master_key: Callable[[str], bytes], secrets: list[bytes]
) -> None:
    sealed = seal_somewhere(vault, Secret(_PLAINTEXT))
    keys = parse_master_keys(f"k1:{base64.b64encode(master_key('k1')).decode()}")
    prints = Fingerprints(Secret(_DATA_KEY.hex()))
    made = [vault, sealed, keys, keys.cipher("k1"), prints, vault.open(sealed)]
    assert _shown(secrets, (face for thing in made for face in _faces(thing))) == []


def test_a_sealed_key_prints_its_identity_and_no_ciphertext(
    vault: Vault, seal_somewhere: SealSomewhere
) -> None:
    sealed = seal_somewhere(vault, Secret(_PLAINTEXT))
    assert str(sealed.key_id) in repr(sealed)
    assert _shown([sealed.wrapped_key, sealed.sealed], [repr(sealed).encode()]) == []


def test_what_holds_keys_prints_their_ids_at_most(vault: Vault) -> None:
    assert repr(vault) == "Vault(MasterKeys(k1, k2))"
    assert repr(Fingerprints(new_fingerprint_key())) == "Fingerprints(***)"


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_what_holds_keys_is_neither_pickled_nor_copied(
    vault: Vault, duplicate: Callable[[object], object]
) -> None:
    keys: MasterKeys = parse_master_keys(f"k1:{base64.b64encode(bytes(32)).decode()}")
    for thing in (vault, keys, Fingerprints(new_fingerprint_key())):
        with pytest.raises(TypeError, match="never serialized"):
            duplicate(thing)


def test_no_traceback_of_opening_shows_a_secret_even_with_its_variables(
    vault: Vault, vault_with: VaultWith, seal_somewhere: SealSomewhere, secrets: list[bytes]
) -> None:
    sealed = seal_somewhere(vault, Secret(_PLAINTEXT))
    attempts = [
        (vault, replace(sealed, sealed=sealed.sealed[:-1] + b"\x00")),
        (vault, replace(sealed, sealed=b"")),
        (vault, replace(sealed, wrapped_key=sealed.wrapped_key[:-1] + b"\x00")),
        (vault, replace(sealed, key_id=uuid4())),
        (vault, replace(sealed, format=2)),
        (vault_with("k2"), sealed),
    ]
    seen = []
    for opener, broken in attempts:
        with pytest.raises(VaultError) as error:
            opener.open(broken)
        seen.append(_traceback_with_variables(error.value))
    assert _shown(secrets, seen) == []
    assert all(b"sealed = SealedKey(" in text for text in seen)


@pytest.mark.parametrize("failing_call", [1, 2, 3])
def test_no_traceback_of_sealing_shows_a_secret_even_with_its_variables(
    vault_with: VaultWith, seal_somewhere: SealSomewhere, secrets: list[bytes], failing_call: int
) -> None:
    counts: list[int] = []

    def random_bytes(count: int) -> bytes:
        counts.append(count)
        if len(counts) == failing_call:
            raise OSError("no randomness")
        return _DATA_KEY[:count]

    with pytest.raises(OSError, match="no randomness") as error:
        seal_somewhere(vault_with("k1", random_bytes=random_bytes), Secret(_PLAINTEXT))
    assert _shown(secrets, [_traceback_with_variables(error.value)]) == []


def test_no_traceback_shows_a_secret_when_the_identity_is_no_identity(
    vault: Vault, secrets: list[bytes]
) -> None:
    wrong: UUID = "not a UUID"  # type: ignore[assignment]  # a caller that skipped the type checker
    with pytest.raises(AttributeError) as error:
        vault.seal(Secret(_PLAINTEXT), organization=wrong, provider_id=uuid4(), key_id=uuid4())
    assert _shown(secrets, [_traceback_with_variables(error.value)]) == []
