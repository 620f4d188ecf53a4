import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.secret import Secret

_CANARY = "sk-canary-0123456789"


@dataclass(frozen=True)
class _Holder:
    secret: Secret


@settings(deadline=None)
@given(st.text())
def test_reveal_gives_the_value_as_it_came(value: str) -> None:
    assert Secret(value).reveal() == value


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        format,
        ascii,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r}",
        lambda secret: "%s" % secret,  # noqa: UP031  # the form that logging uses
        lambda secret: repr([secret]),
        lambda secret: repr({"key": secret}),
        lambda secret: repr(_Holder(secret)),
    ],
)
def test_however_a_secret_is_printed_it_shows_a_mask(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(_CANARY))
    assert "Secret(***)" in shown
    assert _CANARY not in shown
    assert show(Secret(_CANARY)) == show(Secret("")), "the mask tells nothing of the value, nor of its length"


def test_a_mask_is_not_padded_into_shape() -> None:
    with pytest.raises(TypeError, match="unsupported format string") as refused:
        format(Secret(_CANARY), ">40")
    assert _CANARY not in str(refused.value)


def test_a_log_line_shows_the_mask(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("keyroll.test").warning("key %s for %r", Secret(_CANARY), Secret(_CANARY))
    assert caplog.messages == ["key Secret(***) for Secret(***)"]


def test_a_traceback_with_local_variables_shows_the_mask() -> None:
    def call(secret: Secret) -> None:
        raise RuntimeError(f"the call with {secret} failed")

    with pytest.raises(RuntimeError, match=r"the call with Secret\(\*\*\*\) failed") as failed:
        call(Secret(_CANARY))
    innermost = traceback.TracebackException.from_exception(failed.value, capture_locals=True).stack[-1]
    assert innermost.locals == {"secret": "Secret(***)"}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_never_pickled_by_any_protocol(protocol: int) -> None:
    for carrier in (Secret(_CANARY), [Secret(_CANARY)], _Holder(Secret(_CANARY))):
        with pytest.raises(TypeError, match="never serialized"):
            pickle.dumps(carrier, protocol)


@pytest.mark.parametrize("encode", [json.dumps, msgspec.json.encode, msgspec.msgpack.encode])
def test_a_secret_is_never_encoded(encode: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as refused:
        encode({"key": Secret(_CANARY)})
    assert _CANARY not in str(refused.value)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda secret: asdict(_Holder(secret))])
def test_a_secret_is_never_copied(duplicate: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError, match="never copied"):
        duplicate(Secret(_CANARY))


@pytest.mark.parametrize("use_as_key", [hash, lambda secret: {secret: 1}, lambda secret: {secret}])
def test_a_secret_is_no_key_of_a_cache(use_as_key: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError, match="must not become a key of a cache"):
        use_as_key(Secret(_CANARY))


def test_a_secret_has_no_dict_to_look_into_and_takes_no_other_attribute() -> None:
    secret = Secret(_CANARY)
    with pytest.raises(TypeError):
        vars(secret)
    with pytest.raises(AttributeError):
        secret.copy_of_it = _CANARY  # type: ignore[attr-defined]  # the rule under test


@settings(deadline=None)
@given(st.text(), st.text())
def test_secrets_are_equal_exactly_when_their_values_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert (Secret(one) != Secret(other)) is (one != other)
    assert Secret(one) == Secret(one)


@pytest.mark.parametrize("other", [_CANARY, _CANARY.encode(), None, 1])
def test_a_secret_equals_nothing_but_a_secret(other: object) -> None:
    assert Secret(_CANARY) != other
    assert not Secret(_CANARY) == other  # noqa: SIM201  # == and != are two methods
