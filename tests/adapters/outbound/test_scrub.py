"""No key is left in what people are shown."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.scrub import LONGEST_MESSAGE, REDACTED, scrub
from adapters.outbound.vendor_message import vendor_message
from domain.secret import Secret

ODD = 'k€y/with "quotes"+and\\slashes'
FORMS = {
    "raw": ODD,
    "url": quote(ODD, safe=""),
    "url, slashes kept": quote(ODD),
    "form": quote_plus(ODD),
    "url in lower case": quote(ODD, safe="").replace("%E2%82%AC", "%e2%82%ac").replace("%2F", "%2f"),
    "json": json.dumps(ODD)[1:-1],
    "json in unicode": json.dumps(ODD, ensure_ascii=False)[1:-1],
    "base64": base64.b64encode(ODD.encode()).decode(),
    "hex": ODD.encode().hex(),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_sent_key_is_redacted_in_every_form(form: str) -> None:
    shown = FORMS[form]
    if form == "url in lower case":
        shown = "".join(part.lower() if part[:1] == "%" else part for part in _escapes(quote(ODD, safe="")))
    assert scrub(f"bad key >{shown}< sent", [Secret(ODD)]) == f"bad key >{REDACTED}< sent"
    assert scrub(f"bad key >{shown}< sent", []) != f"bad key >{REDACTED}< sent", "the control shows it"


def _escapes(text: str) -> list[str]:
    parts, place = [], 0
    while place < len(text):
        width = 3 if text[place] == "%" else 1
        parts.append(text[place : place + width])
        place += width
    return parts


def test_a_bearer_value_hides_its_key_alone_as_well() -> None:
    assert scrub("you sent abcdef", [Secret("Bearer abcdef")]) == f"you sent {REDACTED}"


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abcDEF123_456-789",
        "sk-ant-api03-AbCd_1234-xyz",
        "sk-abcd****wxyz",
        "sk_live_abcdef123456",
        "AIzaSyA-1234567890abcdefghijklmnopqrstu",
        "gsk_abcdefghijk123",
        "xai-abcdefghijk123",
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "bearer%20abcdefghij0123456789",
    ],
)
def test_what_is_shaped_like_a_key_is_redacted_though_it_is_not_ours(key: str) -> None:
    assert scrub(f"Incorrect API key provided: {key}", []) == f"Incorrect API key provided: {REDACTED}"


@pytest.mark.parametrize(
    "prose", ["You must use Bearer authentication.", "a risk-assessment of task-lists", "Ask-me-anything"]
)
def test_prose_is_left_alone(prose: str) -> None:
    assert scrub(prose, [Secret("abc123")]) == prose


def test_a_key_with_an_invisible_character_in_its_middle_is_still_redacted() -> None:
    assert scrub("sent sk-ab\x00cd\u200bef123456", [Secret("sk-abcdef123456")]) == f"sent {REDACTED}"


def test_control_characters_go_and_lines_become_one() -> None:
    assert scrub("a\x1b[31m\r\n\tb\u202ec\x00", []) == "a[31m bc"


def test_a_message_is_cut_after_the_keys_are_gone() -> None:
    text = "x" * 490 + " " + "k" * 40
    shown = scrub(text, [Secret("k" * 40)])
    assert len(shown) <= LONGEST_MESSAGE
    assert "k" not in shown
    assert len(scrub("y" * 10_000, [])) == LONGEST_MESSAGE


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12), st.text(), st.text())
def test_no_printable_key_survives_in_any_message(key: str, before: str, after: str) -> None:
    assert key not in scrub(before + key + after, [Secret(key)]).replace(REDACTED, "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no"}}, "no"),
        ([{"error": {"message": "no"}}], "no"),
        ({"error": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"message": "no"}, "no"),
        ({"error": {"message": " "}}, None),
        ({"error": {"message": 3}}, None),
        ({"detail": [{"msg": "no"}]}, None),
        ([], None),
        ("no", None),
        (None, None),
    ],
)
def test_the_vendors_words_are_found_where_vendors_put_them(body: object, words: str | None) -> None:
    assert vendor_message(body) == words
