from domain.provider import (
    ChangeProvider,
    CreateProvider,
    KeyRemoved,
    KeyRotated,
    ProviderCreated,
    ProviderDeleted,
    ProviderDisabled,
    ProviderEnabled,
    ProviderEndpointChanged,
    ProviderRenamed,
    Status,
    change,
    create,
    delete,
    evolve,
)
from tests.support.examples import KEY, OTHER_KEY, OWN, PROXY
from tests.support.given_when_then import Given

CREATED = ProviderCreated(name="One", endpoint=OWN)
KEYED = KeyRotated(name="One", before=None, after=KEY)
DISABLED = ProviderDisabled(name="One")


def test_a_provider_is_created_without_a_key() -> None:
    assert create(CreateProvider("One", OWN, None)) == (CREATED,)


def test_a_provider_is_created_with_its_key_in_an_event_of_its_own() -> None:
    assert create(CreateProvider("One", OWN, KEY)) == (CREATED, KEYED)


def test_a_new_provider_is_active_and_has_its_key() -> None:
    state = Given(evolve, *create(CreateProvider("One", PROXY, KEY))).state
    assert (state.name, state.endpoint, state.key, state.status) == ("One", PROXY, KEY, Status.ACTIVE)
    assert not state.deleted


def test_only_a_provider_at_its_vendors_own_address_discovers_models() -> None:
    assert Given(evolve, CREATED).state.discovers
    assert not Given(evolve, ProviderCreated(name="One", endpoint=PROXY)).state.discovers


def test_a_change_that_names_nothing_changes_nothing() -> None:
    Given(evolve, CREATED, KEYED, DISABLED).when(change, ChangeProvider()).then_nothing()


def test_a_change_to_what_is_true_already_changes_nothing() -> None:
    same = ChangeProvider(
        name="One", provider_type=OWN.provider_type, base_url=None, key=KEY, status=Status.ACTIVE
    )
    Given(evolve, CREATED, KEYED).when(change, same).then_nothing()


def test_a_provider_is_renamed() -> None:
    renamed = Given(evolve, CREATED).when(change, ChangeProvider(name="Two"))
    renamed.then(ProviderRenamed(name="Two", before="One"))
    assert renamed.state.name == "Two"


def test_a_name_that_differs_in_case_only_is_a_new_name() -> None:
    Given(evolve, CREATED).when(change, ChangeProvider(name="ONE")).then(
        ProviderRenamed(name="ONE", before="One")
    )


def test_a_provider_is_disabled_and_enabled() -> None:
    Given(evolve, CREATED).when(change, ChangeProvider(status=Status.DISABLED)).then(DISABLED)
    Given(evolve, CREATED, DISABLED).when(change, ChangeProvider(status=Status.ACTIVE)).then(
        ProviderEnabled(name="One")
    )


def test_a_change_of_everything_tells_name_address_key_and_status_in_this_order() -> None:
    everything = ChangeProvider("Two", PROXY.provider_type, PROXY.base_url, OTHER_KEY, Status.DISABLED)
    Given(evolve, CREATED, KEYED).when(change, everything).then(
        ProviderRenamed(name="Two", before="One"),
        ProviderEndpointChanged(name="Two", before=OWN, after=PROXY),
        KeyRotated(name="Two", before=KEY, after=OTHER_KEY),
        ProviderDisabled(name="Two"),
    )


def test_deleting_a_provider_without_a_key_is_one_event() -> None:
    deleted = Given(evolve, CREATED).when(delete)
    deleted.then(ProviderDeleted(name="One"))
    assert deleted.state.deleted


def test_deleting_a_provider_shows_its_key_destroyed_first() -> None:
    deleted = Given(evolve, CREATED, KEYED).when(delete)
    deleted.then(KeyRemoved(name="One", before=KEY, reason="provider_deleted"), ProviderDeleted(name="One"))
    assert deleted.state.key is None
