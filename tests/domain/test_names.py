import unicodedata
from contextlib import suppress
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.names import NAME_LENGTH, name, name_key

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

SPACES = st.text(" \t\n\r\u00a0\u2003", max_size=3)
PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(SPACES, PRINTABLE, SPACES)
def test_a_name_is_trimmed_and_composed(before: str, text: str, after: str) -> None:
    assert name(before + text + after) == unicodedata.normalize("NFC", text)


@given(PRINTABLE)
def test_a_name_that_was_accepted_is_accepted_as_it_is(text: str) -> None:
    assert name(name(text)) == name(text)


@given(st.text(max_size=2 * NAME_LENGTH))
def test_an_accepted_name_is_short_printable_and_has_no_space_around_it(text: str) -> None:
    with suppress(Invalid):
        accepted = name(text)
        assert 1 <= len(accepted) <= NAME_LENGTH
        assert accepted.translate({ord(space): None for space in accepted if space.isspace()}).isprintable()
        assert accepted == accepted.strip()


@pytest.mark.parametrize(
    "text", ["a", "é" * NAME_LENGTH, " " + "a" * NAME_LENGTH + " ", "e\u0301" * NAME_LENGTH]
)
def test_a_name_has_from_one_to_two_hundred_characters_after_trimming(text: str) -> None:
    assert 1 <= len(name(text)) <= NAME_LENGTH


@pytest.mark.parametrize("text", ["", "   ", "\u2003\n", "a" * (NAME_LENGTH + 1)])
def test_a_name_is_neither_empty_nor_too_long(text: str) -> None:
    with pytest.raises(Invalid, match="display_name must have 1 to 200 characters") as refused:
        name(text, "display_name")
    assert refused.value.field == "display_name"


@pytest.mark.parametrize("hidden", ["\x00", "\x1f", "\n", "\x7f", "\u200b", "\u202e", "\ud800", "\ufeff"])
def test_a_name_hides_no_character(hidden: str) -> None:
    with pytest.raises(Invalid, match="name must hold printable characters only") as refused:
        name(f"canary{hidden}canary")
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("text", ["社内\u3000モデル", "Modèles\u00a0: GPU", "Ollama box"])
def test_a_name_may_have_any_space_within(text: str) -> None:
    assert name(text) == text


@pytest.mark.parametrize("key", ["sk-proj-0123456789abcdefghij", "AIzaSyD0123456789abcdefghij"])
def test_a_name_is_no_key(key: str) -> None:
    with pytest.raises(Invalid, match="looks like an API key") as refused:
        name(f"my {key}")
    assert key not in str(refused.value)
    assert name("sk-learn models and AIza things") == "sk-learn models and AIza things"


@given(st.text(max_size=20))
def test_a_name_key_has_no_case(text: str) -> None:
    assert name_key(text) == name_key(unicodedata.normalize("NFD", text).casefold())
    assert name_key(name_key(text)) == name_key(text)


@given(st.text(max_size=20), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_name_key_does_not_depend_on_how_a_name_is_encoded(text: str, form: Form) -> None:
    assert name_key(text) == name_key(unicodedata.normalize(form, text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My OpenAI", "my openai"),
        ("Straße", "STRASSE"),
        ("İzmir", "i\u0307zmir"),
        ("ＯｐｅｎＡＩ", "openai"),  # noqa: RUF001  # full-width letters are the point
        ("ﬁne", "FINE"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),  # Greek is the point
        ("e\u0301", "É"),
        ("№ 1", "no 1"),
        ("ß\u0301", "S\u015a"),
    ],
)
def test_names_that_read_the_same_have_the_same_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("One", "Two"), ("e", "é"), ("izmir", "\u0131zmir"), ("a b", "ab")]
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
