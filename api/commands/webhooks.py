"""Register, change, pause, park, resume and delete webhooks, and give them new secrets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from adapters.postgres.store import Decided, Stream
from adapters.vault.sealed_key import SealedKey
from adapters.vault.signing_key import new_signing_key
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import WEBHOOK, Core, Done, until_it_holds
from domain.change import KEEP, Change
from domain.errors import Invalid, NotFound
from domain.secret import Secret
from domain.webhook import (
    ParkReason,
    Subscription,
    Webhook,
    WebhookEvent,
    address,
    change,
    delete,
    evolve,
    keys_let_go,
    park,
    pause,
    register,
    resume,
    retire_former_secret,
    rotate_secret,
)
from projections.audit import TOPICS_BY_ACTION
from projections.webhooks import WebhookRow

WantedStatus: TypeAlias = Literal["active", "paused"]


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook with a new secret. ``signing_key`` is shown once; the vault keeps it, sealed."""

    row: WebhookRow
    signing_key: Secret


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What a person asks to change, as typed."""

    url: Change[str] = KEEP
    event_types: Change[Sequence[str]] = KEEP
    status: Change[WantedStatus] = KEEP


def register_webhook(
    core: Core, caller: Caller, *, url: str, event_types: Sequence[str], terms: Terms = ANY_TERMS
) -> Done[Registered]:
    """Tell an address of the organization's events from now on.

    Raises:
        Invalid: a field breaks its rule.
    """
    subscription = Subscription(url=address(url), event_types=_known(event_types))
    webhook_id, key_id, key = core.new_id(), core.new_id(), new_signing_key()
    sealed = core.vault.seal(key, organization=caller.organization, provider_id=webhook_id, key_id=key_id)
    decided = Decided(Stream(WEBHOOK, webhook_id), register(subscription, key_id))
    position, rows = core.append(caller, [decided], terms, sealed=sealed)
    return Done(Registered(rows[webhook_id], key), position)


def change_webhook(
    core: Core, caller: Caller, webhook_id: UUID, wanted: WebhookChange, terms: Terms = ANY_TERMS
) -> Done[WebhookRow]:
    """Change where and of what it is told, and whether it is; ``active`` resumes what is paused or parked.

    Raises:
        NotFound: the organization has no such webhook.
        VersionMismatch: it is not at the version that the terms ask for.
        Invalid: a field breaks its rule.
    """
    url = wanted.url if wanted.url is KEEP else address(wanted.url)
    event_types = wanted.event_types if wanted.event_types is KEEP else _known(wanted.event_types)
    status = wanted.status

    def events(state: Webhook) -> tuple[WebhookEvent, ...]:
        changed = change(state, url, event_types)
        after = _after(state, changed)
        if status is KEEP:
            return changed
        return (*changed, *(resume(after) if status == "active" else pause(after)))

    return _decide(core, caller, webhook_id, events, terms)


def resume_webhook(
    core: Core, caller: Caller, webhook_id: UUID, terms: Terms = ANY_TERMS
) -> Done[WebhookRow]:
    """Tell it again from where it stopped. Raises as :func:`change_webhook` does."""
    return _decide(core, caller, webhook_id, resume, terms)


def rotate_webhook_secret(
    core: Core, caller: Caller, webhook_id: UUID, overlap: timedelta, terms: Terms = ANY_TERMS
) -> Done[Registered]:
    """Sign its messages with a new key, and for the time of the overlap with the present one as well.

    Without an overlap the present key is destroyed in the same transaction; the one before it is in any case.
    Raises as :func:`change_webhook` does.
    """
    key_id, key = core.new_id(), new_signing_key()
    sealed = core.vault.seal(key, organization=caller.organization, provider_id=webhook_id, key_id=key_id)

    def events(state: Webhook) -> tuple[WebhookEvent, ...]:
        return rotate_secret(state, key_id, core.now() + overlap if overlap else None)

    done = _decide(core, caller, webhook_id, events, terms, sealed=sealed)
    return Done(Registered(done.row, key), done.position)


def retire_webhook_secret(core: Core, caller: Caller, webhook_id: UUID) -> None:
    """Destroy the key that it was signed with before, if its time is over.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    _decide(core, caller, webhook_id, lambda state: retire_former_secret(state, core.now()))


def park_webhook(core: Core, caller: Caller, webhook_id: UUID, reason: ParkReason, message: str) -> None:
    """Give it up until a person looks after it; one that is not active any more stays as it is.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    _decide(core, caller, webhook_id, lambda state: park(state, reason, message))


def delete_webhook(core: Core, caller: Caller, webhook_id: UUID, terms: Terms = ANY_TERMS) -> Done[None]:
    """End it, and destroy its signing key. Raises as :func:`change_webhook` does."""

    def decide() -> Done[None]:
        stream, _, state = _load(core, caller, webhook_id)
        terms.check(stream.version)
        events = delete(state)
        destroyed = keys_let_go(state, _after(state, events))
        position, _ = core.append(caller, [Decided(stream, events)], terms, destroyed=destroyed)
        return Done(None, position)

    return until_it_holds(decide)


def _decide(
    core: Core,
    caller: Caller,
    webhook_id: UUID,
    events: Callable[[Webhook], tuple[WebhookEvent, ...]],
    terms: Terms = ANY_TERMS,
    sealed: SealedKey | None = None,
) -> Done[WebhookRow]:
    def decide() -> Done[WebhookRow]:
        stream, row, state = _load(core, caller, webhook_id)
        terms.check(stream.version)
        happened = events(state)
        destroyed = keys_let_go(state, _after(state, happened))
        decided = [Decided(stream, happened)]
        position, rows = core.append(caller, decided, terms, sealed=sealed, destroyed=destroyed)
        return Done(rows.get(webhook_id, row), position)

    return until_it_holds(decide)


def _after(state: Webhook, events: Sequence[WebhookEvent]) -> Webhook:
    for event in events:
        state = evolve(state, event)
    return state


def _load(
    core: Core, caller: Caller, webhook_id: UUID
) -> tuple[Stream[Webhook, WebhookRow], WebhookRow, Webhook]:
    stream = core.store.load(WEBHOOK, webhook_id)
    row, state = stream.row, stream.state
    if row is None or state is None or row.organization != caller.organization:
        raise NotFound("webhook", webhook_id)
    return stream, row, state


def _known(event_types: Sequence[str]) -> tuple[str, ...]:
    """The event types, each once.

    Raises:
        Invalid: there is no such event.
    """
    if not TOPICS_BY_ACTION.keys() >= set(event_types):
        raise Invalid("event_types", f"must be some of: {', '.join(sorted(TOPICS_BY_ACTION))}")
    return tuple(sorted(set(event_types)))
