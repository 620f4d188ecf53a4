"""The price of a row of the catalogue on a day."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from genai_prices.types import ModelInfo, TieredPrices

from domain.prices import Prices, dollars


def prices_on(row: ModelInfo, day: date) -> Prices | None:
    """The standard prices on that day (UTC), of the shortest prompts; None if it has none by the token."""
    that_day = row.get_prices(datetime.combine(day, time(), UTC))
    prices = Prices(
        input=_base(that_day.input_mtok),
        output=_base(that_day.output_mtok),
        cached_input=_base(that_day.cache_read_mtok),
        cache_write=_base(that_day.cache_write_mtok),
    )
    return None if prices == _UNKNOWN else prices


def _base(price: Decimal | TieredPrices | None) -> str | None:
    if price is None:
        return None
    return dollars(price.base if isinstance(price, TieredPrices) else price)


_UNKNOWN = Prices()
