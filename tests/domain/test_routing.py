"""Which model a call goes to."""

from collections.abc import Iterator
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.provider_type import ProviderType
from domain.routing import (
    CalledModel,
    CalledProvider,
    CannotBeCalled,
    NoSuchModel,
    Roll,
    Rule,
    SeveralModels,
    resolve,
)

_numbers: Iterator[int] = count(1)


def _provider(roll: Roll, name: str, *, active: bool = True, has_credential: bool = True) -> CalledProvider:
    provider = CalledProvider(
        id=UUID(int=next(_numbers)),
        name=name,
        provider_type=ProviderType.OPENAI,
        base_url=None,
        key_id=None,
        active=active,
        has_credential=has_credential,
    )
    roll.put_provider(provider)
    return provider


def _model(
    roll: Roll, provider: CalledProvider, model_id: str, *, active: bool = True, stale: bool = False
) -> CalledModel:
    model = CalledModel(UUID(int=next(_numbers)), provider.id, model_id, active, stale)
    roll.put_model(model)
    return model


def test_a_models_id_pins_it_though_it_and_its_provider_are_disabled() -> None:
    roll = Roll()
    model = _model(roll, _provider(roll, "A", active=False), "m", active=False, stale=True)
    assert resolve(roll, str(model.id)).model is model
    assert resolve(roll, str(model.id)).rule is Rule.ID


def test_a_provider_and_a_model_are_named_with_a_slash_between_them_in_any_case() -> None:
    roll = Roll()
    _model(roll, _provider(roll, "One"), "m")
    wanted = _model(roll, _provider(roll, "Straße"), "m")
    assert resolve(roll, "STRASSE/m").model is wanted
    assert resolve(roll, "Straße/m").rule is Rule.QUALIFIED


def test_a_bare_name_means_the_one_provider_that_can_be_called() -> None:
    roll = Roll()
    _model(roll, _provider(roll, "disabled", active=False), "m")
    _model(roll, _provider(roll, "no key", has_credential=False), "m")
    _model(roll, _provider(roll, "disabled there"), "m", active=False)
    wanted = _model(roll, _provider(roll, "good"), "m")
    assert resolve(roll, "m").model is wanted
    assert resolve(roll, "m").rule is Rule.MODEL_ID


def test_a_bare_name_that_means_several_is_refused_with_all_of_them() -> None:
    roll = Roll()
    for name in ("B", "A"):
        _model(roll, _provider(roll, name), "m")
    with pytest.raises(SeveralModels) as refused:
        resolve(roll, "m")
    assert refused.value.candidates == ("A/m", "B/m")
    assert [resolve(roll, name).provider.name for name in refused.value.candidates] == ["A", "B"]


def test_slashes_in_both_names_are_no_trap() -> None:
    roll = Roll()
    wanted = _model(roll, _provider(roll, "a/b"), "c/d/e")
    assert resolve(roll, "a/b/c/d/e").model is wanted
    assert resolve(roll, "c/d/e").model is wanted


def test_where_even_the_long_names_are_alike_ids_are_offered() -> None:
    roll = Roll()
    one = _model(roll, _provider(roll, "a"), "b/c")
    two = _model(roll, _provider(roll, "a/b"), "c")
    with pytest.raises(SeveralModels) as refused:
        resolve(roll, "a/b/c")
    assert {str(one.id), str(two.id)} < {*refused.value.candidates}


@pytest.mark.parametrize("wanted", [None, "default"])
def test_nothing_and_the_word_default_mean_the_default(wanted: str | None) -> None:
    roll = Roll()
    provider = _provider(roll, "A")
    model = _model(roll, provider, "m")
    _model(roll, provider, "default")
    roll.default = model.id
    assert resolve(roll, wanted).model is model
    assert resolve(roll, wanted).rule is Rule.DEFAULT


def test_a_default_that_is_not_there_or_cannot_be_called_is_no_reason_to_take_another() -> None:
    roll = Roll()
    _model(roll, _provider(roll, "A"), "m")
    with pytest.raises(CannotBeCalled, match="no default model"):
        resolve(roll, None)
    roll.default = _model(roll, _provider(roll, "B", active=False), "n").id
    with pytest.raises(CannotBeCalled, match="cannot be called now"):
        resolve(roll, None)
    roll.default = _model(roll, _provider(roll, "C", has_credential=False), "n").id
    with pytest.raises(CannotBeCalled):
        resolve(roll, None)


def test_a_named_model_whose_provider_has_no_key_says_so() -> None:
    roll = Roll()
    model = _model(roll, _provider(roll, "Keyless", has_credential=False), "m")
    for wanted in (str(model.id), "Keyless/m"):
        with pytest.raises(CannotBeCalled, match="'Keyless' has no key"):
            resolve(roll, wanted)


def test_a_name_that_nobody_has_is_refused_with_near_ones_that_can_be_called() -> None:
    roll = Roll()
    for model_id in ("gpt-5", "gpt-5-mini", "claude-opus"):
        _model(roll, _provider(roll, f"of {model_id}"), model_id)
    _model(roll, _provider(roll, "gone", active=False), "gpt-5-min")
    with pytest.raises(NoSuchModel, match="gpt-5-mini") as refused:
        resolve(roll, "gpt-5-mni")
    assert refused.value.nearest[0] == "gpt-5-mini"
    assert "gpt-5-min" not in refused.value.nearest
    for wanted in ("", "zzzz", "/" * 5_000, "00000000-0000-0000-0000-0000000000zz", str(UUID(int=0))):
        with pytest.raises(NoSuchModel):
            resolve(roll, wanted)


def test_what_has_gone_and_what_was_renamed_is_not_found_by_its_old_name() -> None:
    roll = Roll()
    provider = _provider(roll, "Old")
    model = _model(roll, provider, "m")
    roll.drop_model(model.id)
    roll.drop_model(model.id)
    with pytest.raises(NoSuchModel):
        resolve(roll, "m")
    roll.put_model(model)
    roll.drop_provider(provider.id)
    roll.drop_provider(provider.id)
    for wanted in ("m", "Old/m", str(model.id)):
        with pytest.raises(NoSuchModel):
            resolve(roll, wanted)


def test_a_name_that_another_provider_took_over_stays_with_it() -> None:
    roll = Roll()
    first, second = _provider(roll, "A"), _provider(roll, "A")
    model = _model(roll, second, "m")
    roll.drop_provider(first.id)
    assert resolve(roll, "A/m").model is model


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "a/b"]),
            st.sampled_from(["a", "b", "b/a", "default"]),
            st.booleans(),
            st.booleans(),
        ),
        unique_by=lambda model: model[:2],
    )
)
def test_every_served_models_own_name_means_it_and_no_other(
    given_models: list[tuple[str, str, bool, bool]],
) -> None:
    roll = Roll()
    providers = {name: _provider(roll, name) for name, *_ in given_models}
    for name, model_id, active, stale in given_models:
        _model(roll, providers[name], model_id, active=active, stale=stale)
    for route in roll.served():
        assert route.model.active
        assert not route.model.stale
        assert resolve(roll, roll.name_of(route)).model is route.model
