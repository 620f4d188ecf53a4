"""Check a key where it would be used, and store nothing."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from uuid import UUID

from adapters.drivers.driver import ListingDriver
from adapters.vault.errors import VaultError
from api.commands.caller import Caller
from api.commands.core import Core
from api.commands.keys import EnvironmentKeys, open_key
from api.commands.providers import load_provider
from domain import names
from domain.errors import KeyRejected
from domain.listing import ListingError, SyncFailure
from domain.provider_type import ProviderType, no_credential
from domain.secret import Secret

CheckResult: TypeAlias = Literal["valid", "unverified", "rejected", "unreachable", "unsupported"]

_BY_FAILURE: Final[dict[SyncFailure, CheckResult]] = {
    SyncFailure.KEY_REJECTED: "rejected",
    SyncFailure.RATE_LIMITED: "unverified",
    SyncFailure.MALFORMED: "unsupported",
}

_ACCEPTS_ANY: Final = "The listing answers to any key, so it proves nothing about this one."
_NEEDS_NONE: Final = "A simulator needs no key, so there is none to check. It can be called as it is."


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a check came to: the vendor's reason, or ours, and how many models were listed."""

    result: CheckResult
    message: str | None = None
    models: int | None = None


@dataclass(frozen=True, slots=True)
class Checking:
    """What a check works with: how to ask a type's listing at an address, None being the vendor's own."""

    core: Core
    driver_at: Callable[[ProviderType, str | None], ListingDriver]
    environment_keys: EnvironmentKeys

    async def check(self, provider_type: ProviderType, base_url: str | None, key: Secret) -> CheckOutcome:
        """Ask for the listing with the key, and if that is given, once more with a key that cannot be right.

        A listing that both keys get is public, and then nothing is known about the first one.
        """
        if provider_type is ProviderType.SIMULATOR:
            off = f"The provider {no_credential(provider_type)}"
            return CheckOutcome("unsupported", _NEEDS_NONE if self.core.simulators_allowed else off)
        driver = self.driver_at(provider_type, base_url)
        try:
            listing = await driver.list_models(key)
        except ListingError as error:
            return CheckOutcome(_BY_FAILURE.get(error.failure, "unreachable"), error.message)
        try:
            await driver.list_models(Secret(f"not-a-key-{secrets.token_hex(16)}"))
        except ListingError as error:
            if error.failure is SyncFailure.KEY_REJECTED:
                return CheckOutcome("valid", models=len(listing.models))
            return CheckOutcome("unverified", error.message, len(listing.models))
        return CheckOutcome("unverified", _ACCEPTS_ANY, len(listing.models))

    async def check_unsaved(
        self, provider_type: ProviderType, base_url: str | None, api_key: str
    ) -> CheckOutcome:
        """Check what a person typed and has not saved.

        Raises:
            Invalid: a field breaks its rule.
        """
        address = None if base_url is None else names.base_url(base_url)
        return await self.check(provider_type, address, names.api_key(api_key))

    async def check_provider(self, caller: Caller, provider_id: UUID) -> CheckOutcome:
        """Check a provider with the key that it is called with.

        Raises:
            NotFound: the organization has no such provider.
        """
        _, row, state = await asyncio.to_thread(load_provider, self.core, caller, provider_id)
        try:
            key = await asyncio.to_thread(open_key, self.core, row, self.environment_keys)
        except VaultError as error:
            return CheckOutcome("unsupported", f"The stored key cannot be opened: {error}.")
        provider_type = state.endpoint.provider_type
        if key is None:
            return CheckOutcome("unsupported", f"The provider {no_credential(provider_type)}")
        return await self.check(provider_type, state.endpoint.base_url, key)

    async def refuse_rejected(
        self, provider_type: ProviderType, base_url: str | None, api_key: str | None
    ) -> CheckResult | None:
        """Let a key pass unless its vendor says no; one that cannot be checked passes too, and is told.

        Raises:
            KeyRejected: with the vendor's reason.
            Invalid: a field breaks its rule.
        """
        if api_key is None:
            return None
        outcome = await self.check_unsaved(provider_type, base_url, api_key)
        if outcome.result == "rejected":
            raise KeyRejected(outcome.message or "The vendor gives no reason.")
        return outcome.result
