"""The simulator's listing: its models and what is special about each. Nobody is asked."""

from typing import Final

from adapters.drivers.calls.simulator_models import SIMULATED, Simulated
from domain.listing import ListedModel, Listing, ModelFacts, ModelKind
from domain.prices import Prices
from domain.secret import Secret

_CAPABILITIES: Final = ("vision", "tools", "thinking", "structured_output")
_FREE: Final = Prices(input="0", output="0", cached_input="0")


class SimulatorListing:
    """Lists the simulated models, whatever the key. See ``ListingDriver``."""

    async def list_models(self, key: Secret) -> Listing:
        del key  # it needs none
        return Listing(models=tuple(map(_listed, SIMULATED)))


def _listed(one: Simulated) -> ListedModel:
    facts = ModelFacts(
        kind=ModelKind.CHAT,
        display_name=f"Simulator: {one.model_id.removeprefix('sim-')}",
        description=one.description,
        context_window=1_000_000,
        max_output_tokens=100_000,
        input_modalities=("text", "image"),
        output_modalities=("text",),
        capabilities=dict.fromkeys(_CAPABILITIES, True),
        owned_by="keyroll",
        prices=_FREE,
    )
    return ListedModel(model_id=one.model_id, facts=facts)
