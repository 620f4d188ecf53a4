from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.postgres import sealed_keys
from adapters.postgres.sealed_keys import (
    find_sealed_key,
    replace_sealed_key,
    sealed_key_of_nobody,
    sealed_keys_by_master_key,
    sealed_keys_not_under,
)
from adapters.postgres.store import Store
from adapters.vault.sealed_key import SealedKey
from tests.support.examples import NOON
from tests.support.writes import meta, provider, sealed_key

KEY_ID, NOBODY = UUID(int=77), UUID(int=0)


def _of_nobody() -> SealedKey:
    return sealed_key(key_id=KEY_ID, organization=NOBODY, provider_id=NOBODY, sealed=uuid4().bytes)


def test_a_sealed_key_comes_back_byte_for_byte(store: Store) -> None:
    key = sealed_key(wrapped_key=bytes(range(256)), sealed=bytes(reversed(range(256))))
    store.append([provider("One")], meta(), NOON, sealed=key)
    assert find_sealed_key(store, key.organization, key.provider_id, key.key_id) == key


@pytest.mark.parametrize(
    "another",
    [
        lambda key: replace(key, organization=uuid4()),
        lambda key: replace(key, provider_id=uuid4()),
        lambda key: replace(key, key_id=uuid4()),
    ],
)
def test_a_sealed_key_is_found_by_its_whole_identity_only(
    store: Store, another: Callable[[SealedKey], SealedKey]
) -> None:
    key = sealed_key()
    store.append([provider("One")], meta(), NOON, sealed=key)
    asked = another(key)
    assert find_sealed_key(store, asked.organization, asked.provider_id, asked.key_id) is None


def _stored(store: Store, number: int, master_key_id: str) -> SealedKey:
    key = sealed_key(key_id=UUID(int=number), master_key_id=master_key_id)
    store.append([provider(f"P{number}")], meta(), NOON, sealed=key)
    return key


def test_sealed_keys_are_counted_by_master_key(store: Store) -> None:
    assert sealed_keys_by_master_key(store) == {}
    for number, master_key_id in enumerate(["m2", "m1", "m2"]):
        _stored(store, number, master_key_id)
    assert sealed_keys_by_master_key(store) == {"m1": 1, "m2": 2}


def test_sealed_keys_under_other_master_keys_are_paged_by_their_ids(store: Store) -> None:
    stored = [_stored(store, number, f"m{number % 3}") for number in range(1, 7)]
    others = [key for key in stored if key.master_key_id != "m1"]
    first = sealed_keys_not_under(store, "m1", after=NOBODY, limit=3)
    rest = sealed_keys_not_under(store, "m1", after=first[-1].key_id, limit=3)
    assert [first, rest] == [others[:3], others[3:]]


def test_a_sealed_key_is_replaced_only_in_the_form_that_was_read(store: Store) -> None:
    old, other = _stored(store, 1, "m1"), _stored(store, 2, "m1")
    new = replace(old, master_key_id="m2", wrapped_key=b"wrapped anew", sealed=b"sealed anew")
    late = replace(old, master_key_id="m3", wrapped_key=b"too late")
    assert replace_sealed_key(store, old, new)
    assert not replace_sealed_key(store, old, late)
    assert not replace_sealed_key(store, replace(old, key_id=uuid4()), late)
    assert sealed_keys_not_under(store, "m9", after=NOBODY, limit=9) == [new, other]


def test_the_databases_own_key_is_made_once(store: Store) -> None:
    made = sealed_key_of_nobody(store, KEY_ID, _of_nobody)
    assert sealed_key_of_nobody(store, KEY_ID, _of_nobody) == made


def test_of_many_processes_that_make_the_databases_own_key_one_wins(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: sealed_key_of_nobody(store, KEY_ID, _of_nobody), range(8)))
    assert [key == made[0] for key in made] == [True] * 8


def test_a_key_that_vanishes_while_it_is_made_is_an_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_keys, "find_sealed_key", lambda *_: None)
    with pytest.raises(LookupError, match="vanished while it was made"):
        sealed_key_of_nobody(store, KEY_ID, _of_nobody)
