"""Responses requests, as the tests of their reading make them."""

import json
from typing import Any

import pytest

from api.calls import responses
from api.calls.decoded import BadCall, Decoded

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}


def decoded(**fields: Any) -> Decoded:
    return responses.decode(json.dumps({"input": "Hello"} | fields).encode())


def refused(**fields: Any) -> BadCall:
    with pytest.raises(BadCall) as caught:
        decoded(**fields)
    return caught.value
