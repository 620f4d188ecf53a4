from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.prices import DIGITS, Prices, dollars


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("2.50", "2.5"),
        ("10", "10"),
        ("100.000", "100"),
        ("0.000", "0"),
        ("1E+2", "100"),
        ("1E-3", "0.001"),
        ("0.075", "0.075"),
    ],
)
def test_an_amount_has_one_form(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


@given(st.decimals(min_value=0, max_value=999_999_999, places=DIGITS))
def test_every_amount_in_its_one_form_is_a_price_and_the_same_amount(amount: Decimal) -> None:
    text = dollars(amount)
    assert Prices(input=text).input == text
    assert Decimal(text) == amount
    assert dollars(Decimal(text)) == text


@pytest.mark.parametrize("text", ["", "-1", "1.0", "01", ".5", "1.", "1e3", "NaN", "1,5", "1.5\n", "1" * 10])
def test_an_amount_in_another_form_is_no_price(text: str) -> None:
    with pytest.raises(ValidationError, match="input"):
        Prices(input=text)
