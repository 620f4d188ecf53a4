"""What Keyroll gave out of one vendor's thoughts does not go to another one that a call passes through to."""

import json
from typing import Any

import httpx
import msgspec
import pytest

from api.calls.chat_foreign import without_foreign
from domain.conversation import Protocol
from tests.support.call_vendors import CallVendor
from tests.support.steps import Json

HELLO: Json = {"role": "user", "content": "Hello"}
OPENROUTERS: Json = {
    "type": "reasoning.encrypted",
    "data": "gAAA",
    "format": "anthropic-claude-v1",
    "index": 0,
}
SPOKEN: Json = {"role": "assistant", "content": "Hi", "odd": 1.50}


def _ours(protocol: str = "messages") -> Json:
    return {"type": "reasoning", "protocol": protocol, "text": "Hm.", "signature": "c2ln", "index": 0}


def _kept(*messages: Any) -> Any:
    return json.loads(bytes(without_foreign(msgspec.Raw(json.dumps(messages).encode()))))


@pytest.mark.parametrize("protocol", list(Protocol))
def test_blocks_of_ours_are_left_out_with_the_text_of_the_same_thoughts(protocol: Protocol) -> None:
    told = SPOKEN | {"reasoning_details": [_ours(protocol)], "reasoning_content": "Hm.", "reasoning": "Hm."}
    assert _kept(HELLO, told) == [HELLO, SPOKEN]


def test_a_servers_own_blocks_and_thoughts_pass() -> None:
    own = SPOKEN | {"reasoning_details": [OPENROUTERS], "reasoning": "Hm."}
    assert _kept(own, SPOKEN | {"reasoning_content": "Hm."}) == [own, SPOKEN | {"reasoning_content": "Hm."}]
    mixed = SPOKEN | {"reasoning_details": [_ours(), OPENROUTERS]}
    assert _kept(mixed) == [SPOKEN | {"reasoning_details": [OPENROUTERS]}]


@pytest.mark.parametrize(
    "messages",
    [
        b'[ {"role": "user"} ]',
        b'{"reasoning_details": 1}',
        b'[{"reasoning_details": "x"}]',
        b'[{"reasoning_details": [7, {"type": 5}]}]',
        b'["reasoning_details"]',
    ],
)
def test_what_has_another_form_is_left_to_the_vendor(messages: bytes) -> None:
    assert json.loads(bytes(without_foreign(msgspec.Raw(messages)))) == json.loads(messages)


@pytest.mark.usefixtures("provider")
def test_they_do_not_reach_a_vendor_of_chat_completions(caller: httpx.Client, vendor: CallVendor) -> None:
    told = SPOKEN | {"reasoning_details": [_ours()], "reasoning_content": "Hm."}
    asked = {"model": "m1", "messages": [HELLO, told, HELLO]}
    assert caller.post("/v1/chat/completions", json=asked).status_code == 200
    assert vendor.heard[0].json["messages"] == [HELLO, SPOKEN, HELLO]
