"""The log line of a call."""

import logging
import re

import httpx
import pytest

from api.calls.call_log import CallLog
from domain.call import Usage
from tests.support.call_vendors import CallVendor, said_json
from tests.support.calls_ended import bearer, ended_call, refused_call, route
from tests.support.embedded_postgres import wait_until
from tests.support.steps import Json

_SECRETS = "sk-of-the-organization-7d1f"


def _line(caplog: pytest.LogCaptureFixture) -> str:
    (line,) = caplog.messages
    return line


def test_a_line_tells_where_a_call_went_and_what_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "keyroll.calls")
    CallLog().record(ended_call())
    assert _line(caplog) == (
        'POST /v1/chat/completions 200 500.0 ms request_id=r-1 token=ci provider="Our box" model=m1 '
        f"model_uuid={route().model.id} stream=yes attempts=1 input=9 cached=3 output=12 reasoning=5 "
        "first_byte=200.0 own=0.40"
    )


def test_a_line_leaves_out_what_is_not_known(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "keyroll.calls")
    CallLog().record(refused_call(bearer=None, route=None, attempts=0, status=401, error="invalid_api_key"))
    assert _line(caplog) == ("POST /v1/chat/completions 401 500.0 ms request_id=r-1 error=invalid_api_key")


def test_no_name_can_pass_for_another_field(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "keyroll.calls")
    CallLog().record(ended_call(bearer=bearer('x" error=none \u2028'), usage=Usage(), stream=False))
    assert r'token="x\" error=none \u2028" ' in _line(caplog)
    assert len(re.findall(r" error=", re.sub(r'"(\\.|[^"])*"', "", _line(caplog)))) == 0


def test_nothing_is_written_where_nobody_reads(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "keyroll.calls")
    CallLog().record(ended_call())
    assert caplog.messages == []


def test_each_call_has_one_line_and_none_of_its_content(
    caplog: pytest.LogCaptureFixture, caller: httpx.Client, vendor: CallVendor, provider: Json
) -> None:
    caplog.set_level(logging.INFO)
    asked = {"model": "m1", "messages": [{"role": "user", "content": "private-words"}]}
    vendor.say(said_json({"error": {"message": "told-in-confidence"}}, 400))
    answers = [
        caller.post("/v1/chat/completions", json=asked | {"model": model}) for model in ("m1", "m1", "m7")
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    wait_until(lambda: sum(ids[-1] in line for line in caplog.messages) == 1)
    for answer, request_id, word in zip(
        answers, ids, (" error=", " output=12 ", "error=model_not"), strict=True
    ):
        (line,) = (line for line in caplog.messages if request_id in line)
        assert f" {answer.status_code} " in line
        assert word in line
    assert vendor.heard[0].headers["authorization"].endswith(_SECRETS)
    assert provider["name"] in caplog.text  # what is looked for below could have been found
    for secret in (
        "private-words",
        "told-in-confidence",
        _SECRETS,
        "m7",
        caller.headers["authorization"][7:],
    ):
        assert secret not in caplog.text
