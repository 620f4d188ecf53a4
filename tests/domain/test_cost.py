"""What calls cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.call import Usage
from domain.cost import Tariff, dollars_of, exact_dollars
from domain.prices import Prices

_PRICES = Prices(input="2.5", output="10", cached_input="1.25", cache_write="3.125")
_TOKENS = st.integers(min_value=0, max_value=10**7)


def _cost(usage: Usage, prices: Prices | None = _PRICES) -> str | None:
    cost = Tariff.of(prices).cost(usage)
    return None if cost is None else exact_dollars(dollars_of(cost))


def test_cached_and_cache_written_tokens_are_part_of_the_input_and_have_prices_of_their_own() -> None:
    usage = Usage(input=1_000_000, output=100_000, cached_input=400_000, cache_write=200_000)
    assert _cost(usage) == "3.125"  # 400,000 plain: 1; 400,000 cached: 0.5; 200,000 written: 0.625; output: 1


def test_reasoning_tokens_are_part_of_the_output() -> None:
    assert _cost(Usage(input=0, output=1_000_000, reasoning=999_999)) == "10"


def test_the_smallest_price_of_one_token_is_not_rounded_away() -> None:
    assert _cost(Usage(input=1, output=0), Prices(input="0.000000001", output="0")) == "0.000000000000001"


@pytest.mark.parametrize(
    ("prices", "usage"),
    [
        (None, Usage(input=1, output=1)),
        (Prices(input="1"), Usage(input=1, output=0)),
        (Prices(output="1"), Usage(input=0, output=1)),
        (Prices(input="1", output="1"), Usage(input=2, output=1, cached_input=1)),
        (Prices(input="1", output="1", cached_input="1"), Usage(input=2, output=1, cache_write=1)),
        (_PRICES, Usage()),
        (_PRICES, Usage(input=1)),
        (_PRICES, Usage(output=1)),
    ],
)
def test_what_is_not_known_is_not_guessed(prices: Prices | None, usage: Usage) -> None:
    assert _cost(usage, prices) is None


def test_a_price_that_no_token_is_counted_by_need_not_be_known() -> None:
    assert _cost(Usage(input=1_000_000, output=0, cached_input=0), Prices(input="1", output="1")) == "1"


def test_a_model_that_costs_nothing_costs_nothing() -> None:
    assert _cost(Usage(input=5, output=5), Prices(input="0", output="0")) == "0"


@given(_TOKENS, _TOKENS, _TOKENS)
def test_costs_are_exact_and_add_up(cached: int, plain: int, output: int) -> None:
    usage = Usage(input=cached + plain, output=output, cached_input=cached)
    expected = (plain * Decimal("2.5") + cached * Decimal("1.25") + output * 10) / 10**6
    cost = Tariff.of(_PRICES).cost(usage)
    assert cost is not None
    assert dollars_of(cost) == expected
    assert Decimal(exact_dollars(dollars_of(cost))) == expected
