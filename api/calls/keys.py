"""The key for a call: kept in its envelope, opened for one call, and let go."""

import asyncio
from uuid import UUID

from adapters.postgres.reader import Reader
from adapters.postgres.sealed_keys import read_sealed_key
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from api.commands.keys import EnvironmentKeys
from domain.routing import CalledProvider
from domain.secret import Secret


class KeyGone(Exception):
    """The provider's key was destroyed a moment ago; whoever asks again finds what is there now."""


class CallKeys:
    """Opens providers' keys. What is kept of a key is what the database keeps: its sealed form.

    Args:
        reader: what sealed keys are read with, once each.
        vault: what opens them.
        environment_keys: keys for development, for the vendors' own addresses.
    """

    def __init__(self, reader: Reader, vault: Vault, environment_keys: EnvironmentKeys) -> None:
        self._reader = reader
        self._vault = vault
        self._environment_keys = environment_keys
        self._sealed: dict[UUID, asyncio.Future[SealedKey | None]] = {}

    def forget(self, key_id: UUID) -> None:
        """The key was destroyed."""
        self._sealed.pop(key_id, None)

    async def open(self, organization: UUID, provider: CalledProvider) -> Secret | None:
        """The key that the provider is called with; None if it has none, as a server of one's own may.

        Raises:
            KeyGone: it was destroyed after the call was routed.
            StoreUnavailable: it is asked for the first time, and PostgreSQL does not answer.
            VaultError: it cannot be opened.
        """
        if provider.key_id is None:
            return self._environment_keys.get(provider.provider_type) if provider.base_url is None else None
        kept = self._sealed.get(provider.key_id)
        if kept is None or (kept.done() and (kept.cancelled() or kept.exception())):
            kept = asyncio.ensure_future(
                read_sealed_key(self._reader, organization, provider.id, provider.key_id)
            )
            self._sealed[provider.key_id] = kept
        # Several calls may wait for one reading; one that is given up must not take it from the others.
        sealed = kept.result() if kept.done() else await asyncio.shield(kept)
        if sealed is None:
            self.forget(provider.key_id)
            raise KeyGone
        return self._vault.open(sealed)
