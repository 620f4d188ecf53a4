"""A new master key: every sealed key moves to it, online, and the old one can go."""

from dataclasses import replace
from uuid import uuid4

import pytest

from adapters.postgres.sealed_keys import sealed_key_of_nobody
from adapters.vault.fingerprint_key import FINGERPRINT_KEY_ID, new_fingerprint_key, seal_fingerprint_key
from adapters.vault.master_keys import parse_master_keys
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from api.commands import rewrapping
from api.commands.caller import Caller
from api.commands.core import PROVIDER, Core
from api.commands.keys import open_key
from api.commands.providers import ProviderChange, change_provider, create_provider
from api.commands.rewrapping import rewrap_all, vault_status
from domain.provider_type import ProviderType
from domain.secret import Secret
from tests.support.cores import new_master_keys

OLD, NEW = new_master_keys("old"), new_master_keys("new")
KEY = "sk-a-key-that-stays-the-same"


def _under(core: Core, master_keys: str) -> Core:
    return replace(core, vault=Vault(parse_master_keys(master_keys)))


def _opened(core: Core, ada: Caller, name: str) -> Secret | None:
    row = create_provider(core, ada, name=name, provider_type=ProviderType.OPENAI, api_key=KEY).row
    return open_key(core, row, {})


@pytest.fixture
def old(core: Core, ada: Caller, monkeypatch: pytest.MonkeyPatch) -> Core:
    """Five keys under the old master key, the fingerprint key among them; batches are small."""
    monkeypatch.setattr(rewrapping, "BATCH", 2)
    under_old = _under(core, OLD)
    sealed_key_of_nobody(
        core.store, FINGERPRINT_KEY_ID, lambda: seal_fingerprint_key(under_old.vault, new_fingerprint_key())
    )
    for number in range(4):
        _opened(under_old, ada, f"P{number}")
    return under_old


def test_all_keys_move_to_the_first_master_key_and_open_without_the_old_one(old: Core, ada: Caller) -> None:
    both = _under(old, f"{NEW},{OLD}")
    assert vault_status(both).by_master_key == {"old": 5}
    assert not vault_status(both).settled
    row = create_provider(both, ada, name="new", provider_type=ProviderType.OPENAI, api_key=KEY).row
    assert rewrap_all(both) == (5, {})
    assert vault_status(both).by_master_key == {"new": 6}
    assert vault_status(both).settled
    assert rewrap_all(both) == (0, {})
    assert open_key(_under(old, NEW), row, {}) == Secret(KEY)


def test_keys_that_do_not_open_are_named_and_the_others_move(old: Core, ada: Caller) -> None:
    stranger = _under(old, new_master_keys("lost"))
    lost = create_provider(stranger, ada, name="lost", provider_type=ProviderType.OPENAI, api_key=KEY).row
    done = rewrap_all(_under(old, f"{NEW},{OLD}"))
    assert done.moved == 5
    assert lost.key_id is not None
    assert "'lost' is not known" in done.unopened[lost.key_id]


def test_a_key_that_was_rotated_meanwhile_is_not_brought_back(
    old: Core, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = _under(old, f"{NEW},{OLD}")
    row = create_provider(old, ada, name="busy", provider_type=ProviderType.OPENAI, api_key=KEY).row
    rewrap = Vault.rewrap

    def rotate_first(vault: Vault, sealed: SealedKey) -> SealedKey:
        if sealed.key_id == row.key_id:
            monkeypatch.undo()
            change_provider(both, ada, row.id, ProviderChange(api_key=f"{KEY}-2"))
        return rewrap(vault, sealed)

    monkeypatch.setattr(Vault, "rewrap", rotate_first)
    assert rewrap_all(both).moved == 5
    now = both.store.load(PROVIDER, row.id).row
    assert now is not None
    assert open_key(both, now, {}) == Secret(f"{KEY}-2")
    assert vault_status(both).settled


def test_the_same_key_set_again_moves_to_the_first_master_key(old: Core, ada: Caller) -> None:
    row = create_provider(old, ada, name=f"P{uuid4()}", provider_type=ProviderType.OPENAI, api_key=KEY).row
    both = _under(old, f"{NEW},{OLD}")
    again = change_provider(both, ada, row.id, ProviderChange(api_key=KEY)).row
    assert again.key_id != row.key_id
    assert vault_status(both).by_master_key == {"new": 1, "old": 5}
    assert change_provider(both, ada, row.id, ProviderChange(api_key=KEY)).position is None
