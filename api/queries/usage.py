"""Usage as the API shows it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from adapters.postgres.queries.usage import UsageSum
from domain.cost import exact_dollars

_Dollars = Annotated[
    str | None,
    msgspec.Meta(
        description=(
            "US dollars, at the prices that were in force when each call ended. Null where no call's cost is "
            "known; calls of unknown cost are counted in unpriced_calls and are not in the sum."
        )
    ),
]
_Uncounted = Annotated[
    int, msgspec.Meta(description="Calls that were answered, and of whose tokens the provider said nothing.")
]
_Input = Annotated[int, msgspec.Meta(description="Tokens that came in, the cached ones among them.")]
_Output = Annotated[int, msgspec.Meta(description="Tokens that went out, those of reasoning among them.")]


class UsageView(msgspec.Struct, frozen=True):
    """The calls of a group; what it is not told apart by is null. Names are those of its latest calls."""

    day: date | None
    provider_id: UUID | None
    provider: str | None
    llm_model_id: UUID | None
    model_id: str | None
    token_id: UUID | None
    token: str | None
    calls: int
    errors: int
    input_tokens: _Input
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: _Output
    reasoning_tokens: int
    cost_usd: _Dollars
    unpriced_calls: int
    uncounted_calls: _Uncounted


def usage_view(found: UsageSum) -> UsageView:
    """The answer for one group."""
    nothing_known = found.unpriced_calls and not found.cost_usd
    return UsageView(
        day=found.day,
        provider_id=found.provider_id,
        provider=found.provider_name,
        llm_model_id=found.model,
        model_id=found.model_id,
        token_id=found.token_id,
        token=found.token_name,
        calls=int(found.calls),
        errors=int(found.errors),
        input_tokens=int(found.input_tokens),
        cached_input_tokens=int(found.cached_input_tokens),
        cache_write_tokens=int(found.cache_write_tokens),
        output_tokens=int(found.output_tokens),
        reasoning_tokens=int(found.reasoning_tokens),
        cost_usd=None if nothing_known else exact_dollars(found.cost_usd),
        unpriced_calls=int(found.unpriced_calls),
        uncounted_calls=int(found.uncounted_calls),
    )
