"""What people set of a model, over what its vendor says."""

from collections.abc import Mapping
from typing import Final, Self

from pydantic import Field

from domain.change import KEEP, Change, kept
from domain.errors import Invalid
from domain.listing import CapabilityName, ModelFacts
from domain.value import Value

MOST_CAPABILITIES: Final = 200
"""More than any vendor states; a bound for what people say."""


class Edits(Value):
    """What a person set. It wins over the vendor's facts and survives every sync."""

    display_name: str | None = None
    capabilities: dict[CapabilityName, bool] = Field(default_factory=dict)

    def changed(
        self, display_name: Change[str | None], capabilities: Change[Mapping[str, bool | None]]
    ) -> Self:
        """The edits after a change; a capability that is None goes back to the vendor's word.

        Raises:
            Invalid: there would be too many capabilities.
        """
        after = dict(self.capabilities)
        for name, value in () if capabilities is KEEP else capabilities.items():
            if value is None:
                after.pop(name, None)
            else:
                after[name] = value
        return self._with(kept(display_name, self.display_name), after)

    def restated(self, facts: ModelFacts) -> Self:
        """The edits after a person has stated facts of the model anew.

        Raises:
            Invalid: there would be too many capabilities.
        """
        after = {**self.capabilities, **facts.capabilities}
        return self._with(facts.display_name or self.display_name, after)

    def _with(self, display_name: str | None, capabilities: dict[str, bool]) -> Self:
        if len(capabilities) > MOST_CAPABILITIES:
            raise Invalid("capabilities", f"must be at most {MOST_CAPABILITIES} in all")
        return self.model_copy(update={"display_name": display_name, "capabilities": capabilities})
