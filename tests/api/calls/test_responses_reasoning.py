"""What another vendor wants back does not go to OpenAI when a call passes through."""

import json
from typing import Any

import msgspec
import pytest

from api.calls import responses
from api.calls.responses_reasoning import CallSignature, carried, carried_signature, opened
from domain.conversation import Protocol, Reasoning

FOREIGN = carried(Reasoning("Cold.", Protocol.MESSAGES, "c2ln"))
SIGNED = carried_signature(CallSignature("call_a", "c2ln"))
HELLO = {"role": "user", "content": "Hello", "unheard_of": 1}


def passed(items: Any) -> Any:
    return json.loads(bytes(responses.without_carried(msgspec.Raw(json.dumps(items).encode()))))


def reasoning(encrypted: str | None) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [], "encrypted_content": encrypted}


def test_only_what_another_vendor_wants_back_is_left_out() -> None:
    own, unsigned, odd = reasoning("gAAAA"), reasoning(None), {"type": "reasoning", "encrypted_content": 7}
    items = [HELLO, reasoning(FOREIGN), own, reasoning(SIGNED), unsigned, odd]
    assert passed(items) == [HELLO, own, unsigned, odd]


@pytest.mark.parametrize(
    "items",
    ["keyroll1. is what I wrote", [HELLO, {"role": "user", "content": "keyroll1."}], {"keyroll1.": 1}],
)
def test_words_that_look_like_it_are_left_in(items: Any) -> None:
    assert passed(items) == items


def test_an_input_without_any_is_not_touched() -> None:
    untouched = msgspec.Raw(b'[ {"role" : "user"} ]')
    assert responses.without_carried(untouched) is untouched


def test_what_was_changed_on_its_way_is_told_and_what_is_a_vendors_own_is_not_opened() -> None:
    assert opened("gAAAA") is None
    for changed in (FOREIGN[:-5], "keyroll1.!", "keyroll1.e30=", "keyroll1."):
        with pytest.raises(ValueError, match="changed"):
            opened(changed)
