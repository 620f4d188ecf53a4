"""A provider's key on its way in: into an envelope, and nowhere else."""

from uuid import UUID

from adapters.vault.hint import hint
from adapters.vault.sealed_key import SealedKey
from api.commands.caller import Caller
from api.commands.core import Core
from domain import names
from domain.change import Change
from domain.errors import Invalid
from domain.provider import KeyMark, KeyRemoved, KeyRotated, ProviderEvent
from domain.secret import Secret
from projections.providers import ProviderRow


def seal_key(
    core: Core, caller: Caller, provider_id: UUID, key: Secret | None
) -> tuple[SealedKey, KeyMark] | tuple[None, None]:
    """A key in its envelope under a new id, and what the log may know of it; nothing for nothing."""
    if key is None:
        return None, None
    key_id = core.new_id()
    sealed = core.vault.seal(key, organization=caller.organization, provider_id=provider_id, key_id=key_id)
    fingerprint = core.fingerprints.of_key(caller.organization, key)
    return sealed, KeyMark(key_id=key_id, fingerprint=fingerprint, hint=hint(key))


def destroyed_by(events: tuple[ProviderEvent, ...]) -> list[UUID]:
    """The keys that end with these events."""
    return [
        event.before.key_id
        for event in events
        if isinstance(event, KeyRemoved | KeyRotated) and event.before is not None
    ]


def refuse_the_stored_key_in_the_clear(core: Core, row: ProviderRow, *texts: Change[str | None]) -> None:
    """Raise Invalid if a text that will be stored in the clear is the key that the provider has."""
    marks = [
        core.fingerprints.of_key(row.organization, Secret(text)) for text in texts if isinstance(text, str)
    ]
    if row.key_fingerprint in marks:
        raise Invalid("name", "must not be the provider's key: it would be stored in the clear")


def refuse_a_key_in_the_clear(key: Secret | None, *texts: str | None) -> None:
    """Raise Invalid if a text that will be stored in the clear repeats the key that comes with it."""
    if key is not None and any(names.holds_the_key(text, key) for text in texts):
        raise Invalid("api_key", "must not stand in another field too: those are stored in the clear")
