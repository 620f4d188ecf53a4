import base64

import pytest

from adapters.vault.signing_key import PREFIX, new_signing_key, signature
from domain.secret import Secret


def test_a_signature_is_that_of_the_specifications_own_example() -> None:
    key = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_time_id_body_or_key_has_another_signature() -> None:
    key = new_signing_key()
    signatures = {
        signature(key, "msg_1", 1, b"{}"),
        signature(key, "msg_2", 1, b"{}"),
        signature(key, "msg_1", 2, b"{}"),
        signature(key, "msg_1", 1, b"[]"),
        signature(new_signing_key(), "msg_1", 1, b"{}"),
    }
    assert len(signatures) == 5


def test_a_new_key_is_32_bytes_and_no_two_are_equal() -> None:
    keys = {new_signing_key().reveal() for _ in range(10)}
    assert len(keys) == 10
    assert {len(base64.b64decode(key.removeprefix(PREFIX), validate=True)) for key in keys} == {32}


def test_a_key_that_is_none_is_not_shown_by_its_error() -> None:
    with pytest.raises(ValueError, match="not in base64") as refused:
        signature(Secret("whsec_not base64!"), "msg_1", 1, b"{}")
    assert "not base64!" not in str(refused.value)
    assert refused.value.__suppress_context__
