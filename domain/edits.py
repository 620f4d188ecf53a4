"""What people set of a model, over what its vendor says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from pydantic import Field

from domain.change import KEEP, Change, kept
from domain.errors import Invalid
from domain.listing import CapabilityName, ModelFacts
from domain.prices import Prices
from domain.value import Value

MOST_CAPABILITIES: Final = 200
"""More than any vendor states; a bound for what people say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditsChange:
    """What a person asks to set; None gives a field, or a single capability, back to the vendor's word."""

    display_name: Change[str | None] = KEEP
    capabilities: Change[Mapping[str, bool | None]] = KEEP
    context_window: Change[int | None] = KEEP
    max_output_tokens: Change[int | None] = KEEP
    prices: Change[Prices | None] = KEEP
    retires_at: Change[datetime | None] = KEEP


class Edits(Value):
    """What a person set. It wins over the vendor's facts and survives every sync."""

    display_name: str | None = None
    capabilities: dict[CapabilityName, bool] = Field(default_factory=dict)
    context_window: int | None = None
    max_output_tokens: int | None = None
    prices: Prices | None = None
    retires_at: datetime | None = None

    def changed(self, wanted: EditsChange) -> Self:
        """The edits after a change.

        Raises:
            Invalid: there would be too many capabilities.
        """
        capabilities = dict(self.capabilities)
        for name, value in () if wanted.capabilities is KEEP else wanted.capabilities.items():
            if value is None:
                capabilities.pop(name, None)
            else:
                capabilities[name] = value
        return self._with(
            capabilities,
            display_name=kept(wanted.display_name, self.display_name),
            context_window=kept(wanted.context_window, self.context_window),
            max_output_tokens=kept(wanted.max_output_tokens, self.max_output_tokens),
            prices=kept(wanted.prices, self.prices),
            retires_at=kept(wanted.retires_at, self.retires_at),
        )

    def restated(self, facts: ModelFacts) -> Self:
        """The edits after a person has stated facts of the model anew; what they leave out stays.

        Raises:
            Invalid: there would be too many capabilities.
        """
        return self._with(
            {**self.capabilities, **facts.capabilities},
            display_name=facts.display_name or self.display_name,
            context_window=facts.context_window or self.context_window,
            max_output_tokens=facts.max_output_tokens or self.max_output_tokens,
            prices=facts.prices or self.prices,
            retires_at=facts.retires_at or self.retires_at,
        )

    def _with(self, capabilities: dict[str, bool], **fields: object) -> Self:
        if len(capabilities) > MOST_CAPABILITIES:
            raise Invalid("capabilities", f"must be at most {MOST_CAPABILITIES} in all")
        return self.model_copy(update={"capabilities": capabilities, **fields})
