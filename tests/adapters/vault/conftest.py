import base64
import hashlib
import os
from collections.abc import Callable
from uuid import uuid4

import pytest

from adapters.vault.master_keys import parse_master_keys
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from domain.secret import Secret


def _key_of(master_key_id: str) -> bytes:
    return hashlib.sha256(master_key_id.encode()).digest()


@pytest.fixture(scope="session")
def master_key() -> Callable[[str], bytes]:
    """The 32 bytes that stand for a master key id in these tests."""
    return _key_of


@pytest.fixture(scope="session")
def vault_with() -> Callable[..., Vault]:
    """Makes a vault with master keys of these ids; the same id always stands for the same bytes."""

    def make(*master_key_ids: str, random_bytes: Callable[[int], bytes] = os.urandom) -> Vault:
        entries = [f"{name}:{base64.b64encode(_key_of(name)).decode()}" for name in master_key_ids]
        return Vault(parse_master_keys(",".join(entries)), random_bytes=random_bytes)

    return make


@pytest.fixture(scope="session")
def seal_somewhere() -> Callable[[Vault, Secret], SealedKey]:
    """Seals under an identity that nothing else has."""

    def seal(vault: Vault, secret: Secret) -> SealedKey:
        return vault.seal(secret, organization=uuid4(), provider_id=uuid4(), key_id=uuid4())

    return seal
