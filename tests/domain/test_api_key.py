import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.names import KEY_LENGTH, api_key, holds_the_key
from domain.secret import Secret

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
CANARY = "sk-canary-0123456789"


@given(st.text(VISIBLE, min_size=1, max_size=KEY_LENGTH))
def test_a_key_is_kept_as_it_was_typed(text: str) -> None:
    assert api_key(text).reveal() == text


@pytest.mark.parametrize("text", ["a", "a b", "a" * KEY_LENGTH, "{'json': \"key\"}"])
def test_a_key_is_any_printable_text_of_up_to_a_thousand_characters(text: str) -> None:
    assert api_key(text).reveal() == text


@pytest.mark.parametrize("text", ["", "a" * (KEY_LENGTH + 1)])
def test_a_key_is_neither_empty_nor_endless(text: str) -> None:
    with pytest.raises(Invalid, match="api_key must have 1 to 1000 characters; null removes the key"):
        api_key(text)


@pytest.mark.parametrize("odd", ["\n", "\r\n", "\t", "\x00", "\x7f", "é", "\u2028", "\ud800", "…"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_and_not_repeated(odd: str) -> None:
    with pytest.raises(Invalid, match="printable ASCII characters only") as refused:
        api_key(f"{CANARY}{odd}x")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("text", [f" {CANARY}", f"{CANARY} ", " "])
def test_a_key_has_no_space_around_it(text: str) -> None:
    with pytest.raises(Invalid, match="no space around them") as refused:
        api_key(text)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("text", [CANARY, f"My {CANARY}", f"https://a.example/{CANARY}/v1"])
def test_a_slip_of_the_clipboard_is_noticed(text: str) -> None:
    assert holds_the_key(text, Secret(CANARY))


@pytest.mark.parametrize("text", [None, "", "My OpenAI", CANARY[:-1]])
def test_a_text_without_the_key_is_no_slip(text: str | None) -> None:
    assert not holds_the_key(text, Secret(CANARY))
