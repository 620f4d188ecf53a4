"""Which key a provider is called with, and its opening for one call."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from adapters.postgres.sealed_keys import find_sealed_key
from adapters.vault.errors import VaultError
from api.commands.core import Core
from domain.provider_type import ProviderType
from domain.secret import Secret
from projections.providers import ProviderRow

CredentialSource: TypeAlias = Literal["stored", "environment", "not_needed", "none"]

EnvironmentKeys: TypeAlias = Mapping[ProviderType, Secret]
"""What providers without a stored key are called with, by type: keys for development, none in production.

Where simulators are allowed an empty key stands here for them, since they need none.
"""


def credential_source(row: ProviderRow, environment: EnvironmentKeys) -> CredentialSource:
    """Where the provider's key comes from. The environment's serve the vendors' own addresses only.

    ``not_needed``: it is a simulator, and simulators are allowed.
    """
    if row.key_id is not None:
        return "stored"
    if row.base_url is None and ProviderType(row.provider_type) in environment:
        return "not_needed" if row.provider_type == ProviderType.SIMULATOR else "environment"
    return "none"


def key_is_sound(core: Core, row: ProviderRow) -> bool:
    """Whether the stored key opens, and lies under the master key that seals today."""
    if row.key_id is None:
        return False
    sealed = find_sealed_key(core.store, row.organization, row.id, row.key_id)
    if sealed is None:
        return False
    try:
        core.vault.open(sealed)
    except VaultError:
        return False
    return core.vault.rewrap(sealed) is sealed


def open_key(core: Core, row: ProviderRow, environment: EnvironmentKeys) -> Secret | None:
    """The provider's key in the clear, for one call; None if it has none.

    Raises:
        VaultError: the stored key cannot be opened.
    """
    match credential_source(row, environment):
        case "stored" if row.key_id is not None:
            sealed = find_sealed_key(core.store, row.organization, row.id, row.key_id)
            return None if sealed is None else core.vault.open(sealed)
        case "environment" | "not_needed":
            return environment[ProviderType(row.provider_type)]
        case _:
            return None
