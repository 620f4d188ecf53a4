"""A checkpoint says where the log ended, and who says so."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.vault.checkpoint import Checkpoint, CheckpointUnusable
from adapters.vault.checkpoint_key import (
    CHECKPOINT_KEY_ID,
    CheckpointKey,
    is_signed,
    new_checkpoint_key,
    open_checkpoint_key,
    seal_checkpoint_key,
)
from adapters.vault.errors import SealBroken
from adapters.vault.vault import Vault
from domain.secret import Secret

VaultWith = Callable[..., Vault]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def key() -> CheckpointKey:
    return CheckpointKey(new_checkpoint_key())


@pytest.fixture
def checkpoint(key: CheckpointKey) -> Checkpoint:
    return Checkpoint.signed(key, position=7, hash_=b"\xab" * 32, time=NOON)


def test_a_signature_is_that_of_the_standard() -> None:
    # RFC 8032, section 7.1, test 2
    key = CheckpointKey(Secret("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public_key == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.sign(b"\x72") == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_a_checkpoint_comes_back_from_its_text(checkpoint: Checkpoint, key: CheckpointKey) -> None:
    read = Checkpoint.read(checkpoint.text().encode())
    assert read == checkpoint
    read.check_signed_by(key.public_key)
    assert (read.position, read.hash, read.time) == (7, "ab" * 32, "2026-11-23T12:00:00Z")


def _signed_at(time: bytes) -> bytes:
    return (
        b"\x00\x00\x00\x18keyroll log checkpoint 1"
        b"\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x07"
        b"\x00\x00\x00\x20" + b"\xab" * 32 + len(time).to_bytes(4, "big") + time
    )


def test_what_is_signed_stays_what_it_is_because_people_keep_checkpoints(
    checkpoint: Checkpoint, key: CheckpointKey
) -> None:
    message = _signed_at(b"2026-11-23T12:00:00Z")
    assert is_signed(message, signature=checkpoint.signature, public_key=key.public_key)
    assert not is_signed(message + b".", signature=checkpoint.signature, public_key=key.public_key)


def test_a_checkpoint_that_spells_its_time_as_they_once_did_is_still_one(
    checkpoint: Checkpoint, key: CheckpointKey
) -> None:
    time = "2026-11-23T12:00:00+00:00"
    kept = msgspec.structs.replace(checkpoint, time=time, signature=key.sign(_signed_at(time.encode())))
    Checkpoint.read(kept.text().encode()).check_signed_by(key.public_key)


@pytest.mark.parametrize(
    "change", [{"position": 8}, {"hash": "cd" * 32}, {"time": "2026-11-24T12:00:00+00:00"}], ids=str
)
def test_a_changed_checkpoint_is_refused(
    checkpoint: Checkpoint, key: CheckpointKey, change: dict[str, object]
) -> None:
    with pytest.raises(CheckpointUnusable, match="changed after it was signed"):
        msgspec.structs.replace(checkpoint, **change).check_signed_by(key.public_key)


def test_a_checkpoint_of_another_key_is_refused_also_if_it_claims_the_trusted_one(
    checkpoint: Checkpoint,
) -> None:
    trusted = CheckpointKey(new_checkpoint_key()).public_key
    with pytest.raises(CheckpointUnusable, match="one of the two was replaced"):
        checkpoint.check_signed_by(trusted)
    with pytest.raises(CheckpointUnusable, match="its signature is wrong"):
        msgspec.structs.replace(checkpoint, public_key=trusted).check_signed_by(trusted)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"\xff", b'{"position":-1,"hash":"","time":"","public_key":"","signature":""}'],
)
def test_what_is_no_checkpoint_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(CheckpointUnusable, match="`keyroll log checkpoint` was saved in"):
        Checkpoint.read(text)


def test_the_key_comes_back_from_the_vault_and_belongs_to_nobody(vault_with: VaultWith) -> None:
    seed = new_checkpoint_key()
    sealed = seal_checkpoint_key(vault_with("k1"), seed)
    assert (sealed.organization, sealed.provider_id, sealed.key_id) == (
        UUID(int=0),
        UUID(int=0),
        CHECKPOINT_KEY_ID,
    )
    assert open_checkpoint_key(vault_with("k2", "k1"), sealed).public_key == CheckpointKey(seed).public_key


def test_another_sealed_key_in_its_place_is_refused(vault_with: VaultWith) -> None:
    vault = vault_with("k1")
    planted = vault.seal(
        new_checkpoint_key(), organization=uuid4(), provider_id=UUID(int=0), key_id=CHECKPOINT_KEY_ID
    )
    for sealed in (planted, replace(planted, organization=UUID(int=0))):
        with pytest.raises(SealBroken):
            open_checkpoint_key(vault, sealed)


def test_a_signing_key_shows_nothing_of_itself_and_is_never_serialized(key: CheckpointKey) -> None:
    assert repr(key) == "CheckpointKey(***)"
    with pytest.raises(TypeError, match="never serialized"):
        pickle.dumps(key)
