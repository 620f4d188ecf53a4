"""Which row stands for an id, and the quick denial that spares asking all rules."""

from typing import Final

import pytest
from genai_prices.types import (
    ClauseAnd,
    ClauseContains,
    ClauseEndsWith,
    ClauseEquals,
    ClauseOr,
    ClauseRegex,
    ClauseStartsWith,
    MatchLogic,
    ModelInfo,
)
from hypothesis import given
from hypothesis import strategies as st

from adapters.catalogue import rows as rows_module
from adapters.catalogue.likely import Likely, beginning_of
from adapters.catalogue.rows import VENDORS, Rows, rows_of
from domain.provider_type import ProviderType

TEXT: Final = st.text("ab-1", min_size=1, max_size=4)
RULES: Final = st.recursive(
    st.one_of(
        TEXT.map(ClauseEquals),
        TEXT.map(ClauseStartsWith),
        TEXT.map(ClauseEndsWith),
        TEXT.map(ClauseContains),
        st.sampled_from(["^ab", "^ab?", "^a-\\d$", "a|b", "^a|b", "^(?!a)", "1$", "^a\\.b", "^[ab]1"]).map(
            ClauseRegex
        ),
    ),
    lambda rules: st.one_of(
        st.lists(rules, min_size=1, max_size=3).map(ClauseOr),
        st.lists(rules, min_size=1, max_size=3).map(ClauseAnd),
    ),
    max_leaves=5,
)


@given(st.lists(RULES, max_size=4), st.text("abAB-1.", max_size=6))
def test_an_id_that_a_rule_matches_is_never_denied(rules: list[MatchLogic], model_id: str) -> None:
    if any(rule.is_match(model_id.lower()) for rule in rules):
        assert Likely(rules)(model_id)


@pytest.mark.parametrize("provider_type", VENDORS)
def test_of_the_ids_that_no_rule_matches_most_are_denied(provider_type: ProviderType) -> None:
    likely = Likely(row.match for row in rows_of(provider_type).all)
    assert not any(likely(f"gpt-benchmark-{number}") for number in range(100))
    assert all(likely(row.id) for row in rows_of(provider_type).all if row.is_match(row.id))


@pytest.mark.parametrize(
    ("regex", "beginning"),
    [
        ("^gpt-6-sol-\\d{4}$", "gpt-6-sol-"),
        ("^gpt-5\\.6-luna-\\d", "gpt-5.6-luna-"),
        ("^claude-opus-5[-@]\\d", "claude-opus-5"),
        ("^colou?r", "colo"),
        ("^ab*", "a"),
        ("^ab{0}", "a"),
        ("^ab+", "ab"),
        ("^(?!tts)", ""),
        ("^a|b", ""),
        ("a", ""),
        ("^whole", "whole"),
    ],
)
def test_a_regex_tells_how_its_finds_begin(regex: str, beginning: str) -> None:
    assert beginning_of(regex) == beginning


def test_the_first_row_that_matches_stands_for_an_id() -> None:
    first, second = (ModelInfo(id=name, match=ClauseStartsWith("gpt")) for name in ("first", "second"))
    assert Rows([first, second]).among(["gpt-1", "other"]) == {"gpt-1": first}


def test_what_was_found_is_remembered_but_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "_MOST_REMEMBERED", 2)
    row = ModelInfo(id="row", match=ClauseStartsWith("gpt"))
    rows = Rows([row])
    asked = [["gpt-1", "x", "y"], ["gpt-1", "x"], ["gpt-2"]]
    assert [rows.among(ids) for ids in asked] == [{"gpt-1": row}, {"gpt-1": row}, {"gpt-2": row}]
    assert rows._asked == {"gpt-1", "x", "gpt-2"}
