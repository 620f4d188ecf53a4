"""Simulators are for trying things out: where they may be, and what they do not have."""

from api.commands.core import Core
from domain.errors import Invalid
from domain.provider import Endpoint
from domain.provider_type import ProviderType
from domain.secret import Secret


def refuse_simulator(core: Core, endpoint: Endpoint, key: Secret | None) -> None:
    """Check a provider's endpoint, and the key that comes with it, before it is written.

    Raises:
        Invalid: it is a simulator, and those are switched off, or it has an address or a key.
    """
    if endpoint.provider_type is not ProviderType.SIMULATOR:
        return
    if not core.simulators_allowed:
        rule = "may be simulator in development only, or with the setting KEYROLL_ALLOW_SIMULATOR=true"
        raise Invalid("provider_type", rule)
    if endpoint.base_url is not None:
        raise Invalid("base_url", "must be left out or null: a simulator answers inside this process")
    if key is not None:
        raise Invalid("api_key", "must be left out or null: a simulator needs no key")
