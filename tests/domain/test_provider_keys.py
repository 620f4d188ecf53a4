"""A key belongs to the address and the protocol it was entered for."""

from uuid import UUID

import pytest

from domain.change import KEEP
from domain.provider import (
    ChangeProvider,
    Endpoint,
    KeyMark,
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderEndpointChanged,
    change,
    evolve,
)
from domain.provider_type import ProviderType
from tests.support.examples import KEY, OTHER_KEY, OWN, PROXY
from tests.support.given_when_then import Given

CREATED = ProviderCreated(name="One", endpoint=OWN)
KEYED = KeyRotated(name="One", before=None, after=KEY)
SAME_KEY_AGAIN = KEY.model_copy(update={"key_id": UUID(int=99)})

MOVES = {
    "another address": ChangeProvider(base_url=PROXY.base_url),
    "another type": ChangeProvider(provider_type=ProviderType.GEMINI),
    "both": ChangeProvider(provider_type=ProviderType.GEMINI, base_url=PROXY.base_url),
}
every_move = pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)


def _moved(move: ChangeProvider) -> ProviderEndpointChanged:
    after = Endpoint(
        provider_type=OWN.provider_type if move.provider_type is KEEP else move.provider_type,
        base_url=OWN.base_url if move.base_url is KEEP else move.base_url,
    )
    return ProviderEndpointChanged(name="One", before=OWN, after=after)


def test_the_first_key_replaces_none() -> None:
    Given(evolve, CREATED).when(change, ChangeProvider(key=KEY)).then(KEYED)


def test_a_new_key_replaces_the_old_one() -> None:
    Given(evolve, CREATED, KEYED).when(change, ChangeProvider(key=OTHER_KEY)).then(
        KeyRotated(name="One", before=KEY, after=OTHER_KEY)
    )


def test_the_same_key_again_is_no_change_though_it_would_be_sealed_anew() -> None:
    sent_again = Given(evolve, CREATED, KEYED).when(change, ChangeProvider(key=SAME_KEY_AGAIN))
    sent_again.then_nothing()
    assert sent_again.state.key == KEY


def test_the_same_key_again_replaces_one_that_cannot_be_opened_any_more() -> None:
    lost = ChangeProvider(key=SAME_KEY_AGAIN, key_lost=True)
    decided = Given(evolve, CREATED, KEYED).when(change, lost)
    assert decided.events == (KeyRotated(name="One", before=KEY, after=SAME_KEY_AGAIN),)


def test_a_lost_key_that_nobody_enters_again_is_left_as_it_is() -> None:
    Given(evolve, CREATED, KEYED).when(change, ChangeProvider(name="One", key_lost=True)).then_nothing()


def test_null_removes_the_key() -> None:
    removed = Given(evolve, CREATED, KEYED).when(change, ChangeProvider(key=None))
    removed.then(KeyRemoved(name="One", before=KEY, reason="asked"))
    assert removed.state.key is None


def test_null_where_there_is_no_key_changes_nothing() -> None:
    Given(evolve, CREATED).when(change, ChangeProvider(key=None)).then_nothing()


@every_move
def test_a_key_does_not_move_along(move: ChangeProvider) -> None:
    Given(evolve, CREATED, KEYED).when(change, move).then(
        _moved(move), KeyRemoved(name="One", before=KEY, reason="endpoint_changed")
    )


@every_move
def test_a_provider_without_a_key_just_moves(move: ChangeProvider) -> None:
    Given(evolve, CREATED).when(change, move).then(_moved(move))


@every_move
@pytest.mark.parametrize("key", [OTHER_KEY, SAME_KEY_AGAIN])
def test_a_key_that_comes_with_the_move_is_stored_for_the_new_address_even_if_it_is_the_same(
    move: ChangeProvider, key: KeyMark
) -> None:
    with_key = ChangeProvider(provider_type=move.provider_type, base_url=move.base_url, key=key)
    decided = Given(evolve, CREATED, KEYED).when(change, with_key)
    assert decided.events[0] == _moved(move)
    assert decided.events[1:] == (KeyRotated(name="One", before=KEY, after=key),)
    assert decided.state.key == key


def test_null_with_the_move_is_the_persons_own_wish() -> None:
    Given(evolve, CREATED, KEYED).when(change, ChangeProvider(base_url=PROXY.base_url, key=None)).then(
        ProviderEndpointChanged(
            name="One",
            before=OWN,
            after=Endpoint(provider_type=OWN.provider_type, base_url=PROXY.base_url),
        ),
        KeyRemoved(name="One", before=KEY, reason="asked"),
    )


def test_null_as_the_address_returns_to_the_vendors_own_and_clears_the_key() -> None:
    there = ProviderCreated(name="One", endpoint=PROXY)
    back = Endpoint(provider_type=PROXY.provider_type, base_url=None)
    Given(evolve, there, KEYED).when(change, ChangeProvider(base_url=None)).then(
        ProviderEndpointChanged(name="One", before=PROXY, after=back),
        KeyRemoved(name="One", before=KEY, reason="endpoint_changed"),
    )
