"""What a call costs at the prices of its model."""

from decimal import Decimal
from typing import Final, NamedTuple, Self

from domain.call import Usage
from domain.prices import DIGITS, Prices

_SCALE: Final = 6 + DIGITS
"""Prices have nine decimals and are per million tokens, so a token's price is whole in units of 1e-15."""


class Tariff(NamedTuple):
    """Prices of one token each, in units of 10⁻¹⁵ US dollars, so that sums are exact. None: not known."""

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None

    @classmethod
    def of(cls, prices: Prices | None) -> Self:
        """The tariff that prices per million tokens make."""
        if prices is None:
            return cls()
        said = (prices.input, prices.output, prices.cached_input, prices.cache_write)
        return cls(*(None if price is None else int(Decimal(price).scaleb(DIGITS)) for price in said))

    def cost(self, usage: Usage) -> int | None:
        """What tokens cost, in units of 10⁻¹⁵ US dollars; None where a price or a count of them is not known.

        A price that nobody states is not taken for another one: cached tokens may cost less than others, and
        tokens that are written to the cache more.
        """
        if self.input is None or self.output is None or usage.input is None or usage.output is None:
            return None
        cost = usage.output * self.output
        plain = usage.input
        for tokens, price in (
            (usage.cached_input, self.cached_input),
            (usage.cache_write, self.cache_write),
        ):
            if not tokens:
                continue
            if price is None:
                return None
            cost += tokens * price
            plain -= tokens
        return cost + max(0, plain) * self.input


def dollars_of(cost: int) -> Decimal:
    """A cost in US dollars."""
    return Decimal(cost).scaleb(-_SCALE)


def exact_dollars(amount: Decimal) -> str:
    """An amount to its last digit, with no exponent and no zero that says nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
