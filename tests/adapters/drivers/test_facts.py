"""How single facts of a row are read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drivers.anthropic_capabilities import capabilities_of
from adapters.drivers.facts import count, instant, text
from domain.listing import ModelFacts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["types", "supported"]), inner)
    ),
)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1_715_367_049, datetime(2024, 5, 10, 18, 50, 49, tzinfo=UTC)),
        (1_715_367_049.0, datetime(2024, 5, 10, 18, 50, 49, tzinfo=UTC)),
        ("2025-02-19T00:00:00Z", datetime(2025, 2, 19, tzinfo=UTC)),
        ("2025-02-19T02:00:00+02:00", datetime(2025, 2, 19, tzinfo=UTC)),
        ("2025-02-19", datetime(2025, 2, 19, tzinfo=UTC)),
        (0, None),
        (86_400, None),
        (10**18, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_an_instant_is_read_in_utc_and_1970_means_unknown(value: object, moment: datetime | None) -> None:
    assert instant(value) == moment


@given(JSON)
def test_whatever_a_vendor_sends_as_a_fact_becomes_facts_and_never_a_crash(value: object) -> None:
    ModelFacts(
        display_name=text(value),
        context_window=count(value),
        released_at=instant(value),
        capabilities=capabilities_of(value),
    )


def test_a_text_is_trimmed_and_an_empty_one_says_nothing() -> None:
    assert (text(" Claude "), text("  ")) == ("Claude", None)


def test_a_count_is_a_positive_whole_number() -> None:
    assert (count(1), count(0), count(True), count("1"), count(2**53)) == (1, None, None, None, None)


def test_capabilities_keep_two_levels_and_leave_out_what_is_no_name() -> None:
    yes = {"supported": True}
    tree = {
        "effort": {"supported": True, "max": {"supported": True, "deep": {"supported": True, "er": yes}}},
        "Not A Name": yes,
        "x" * 49: yes,
        "types": yes,
        "flag": True,
        "vague": {"supported": "maybe"},
    }
    assert capabilities_of(tree) == {"effort": True, "effort.max": True}
