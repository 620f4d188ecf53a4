"""What a model's tokens cost."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import StringConstraints

from domain.value import Value

Dollars = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{0,8}[1-9])?$")]
"""An amount of US dollars in its one decimal form: no exponent, no zero that says nothing."""

DIGITS: Final = 9
"""Most digits before the point, and behind it."""


class Prices(Value):
    """US dollars per million tokens, before any discount or surcharge. ``None``: nobody says.

    Where a price depends on the length of the prompt, it is that of the shortest prompts.
    """

    input: Dollars | None = None
    output: Dollars | None = None
    cached_input: Dollars | None = None
    cache_write: Dollars | None = None


def dollars(amount: Decimal) -> str:
    """An amount in its one form, so that equal texts mean equal prices: 2.50 is ``2.5``."""
    text = f"{round(amount, DIGITS):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
