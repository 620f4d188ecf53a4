"""A webhook: an address outside that is told of events."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias, assert_never
from uuid import UUID

from domain import names
from domain.change import Change, kept
from domain.errors import Invalid
from domain.event import Event
from domain.value import Value


class ParkReason(StrEnum):
    """Why deliveries ended: no retry is left, or the receiver says that it is gone for good."""

    EXHAUSTED = "exhausted"
    GONE = "gone"


class WebhookStatus(StrEnum):
    """``active``: it is told. ``paused``: a person lets it wait. ``parked``: it has failed for too long."""

    ACTIVE = "active"
    PAUSED = "paused"
    PARKED = "parked"


class Subscription(Value):
    """Where events go and which; ``event_types`` are names as ``provider.created``, none means all."""

    url: str
    event_types: tuple[str, ...] = ()


class WebhookRegistered(Event):
    """From this event on it is told. Its signing key lies in the vault, under ``signing_key_id``."""

    topic: ClassVar[str] = "webhook.registered.v1"
    subscription: Subscription
    signing_key_id: UUID


class WebhookChanged(Event):
    """It has another address, or hears of other events."""

    topic: ClassVar[str] = "webhook.changed.v1"
    before: Subscription
    after: Subscription


class WebhookPaused(Event):
    """A person lets it wait; what happens meanwhile is kept for it."""

    topic: ClassVar[str] = "webhook.paused.v1"
    url: str


class WebhookParked(Event):
    """It has failed for too long, and waits for a person; ``message`` is what came last, scrubbed."""

    topic: ClassVar[str] = "webhook.parked.v1"
    url: str
    reason: ParkReason
    message: str


class WebhookResumed(Event):
    """It is told again, from where it stopped."""

    topic: ClassVar[str] = "webhook.resumed.v1"
    url: str
    before: WebhookStatus


class WebhookSecretRotated(Event):
    """Messages are signed with another key: ``after`` in place of ``before``.

    The former one signs them too until ``former_until``; None: it was destroyed at once.
    """

    topic: ClassVar[str] = "webhook.secret_rotated.v1"
    url: str
    before: UUID
    after: UUID
    former_until: datetime | None


class WebhookFormerSecretRetired(Event):
    """The key that was in use before the present one signs no more, and is destroyed."""

    topic: ClassVar[str] = "webhook.former_secret_retired.v1"
    url: str
    signing_key_id: UUID


class WebhookDeleted(Event):
    """It is told nothing any more, and its signing key is destroyed."""

    topic: ClassVar[str] = "webhook.deleted.v1"
    url: str


WebhookEvent: TypeAlias = (
    WebhookRegistered
    | WebhookChanged
    | WebhookPaused
    | WebhookParked
    | WebhookResumed
    | WebhookSecretRotated
    | WebhookFormerSecretRetired
    | WebhookDeleted
)


class Webhook(Value):
    """What decisions need to know of a webhook. ``former_key_id`` signs too, until ``former_until``."""

    subscription: Subscription
    signing_key_id: UUID
    former_key_id: UUID | None = None
    former_until: datetime | None = None
    status: WebhookStatus = WebhookStatus.ACTIVE
    deleted: bool = False


def evolve(state: Webhook | None, event: WebhookEvent) -> Webhook:
    """The state after the event. Total, and without checks: history is always readable."""
    match event:
        case WebhookRegistered():
            return Webhook(subscription=event.subscription, signing_key_id=event.signing_key_id)
        case _ if state is None:
            raise LookupError(f"a webhook's history begins with {event.topic}")
        case WebhookChanged():
            return state.model_copy(update={"subscription": event.after})
        case WebhookPaused():
            return state.model_copy(update={"status": WebhookStatus.PAUSED})
        case WebhookParked():
            return state.model_copy(update={"status": WebhookStatus.PARKED})
        case WebhookResumed():
            return state.model_copy(update={"status": WebhookStatus.ACTIVE})
        case WebhookSecretRotated():
            former = None if event.former_until is None else event.before
            return _signed_with(state, event.after, former, event.former_until)
        case WebhookFormerSecretRetired():
            return _signed_with(state, state.signing_key_id, None, None)
        case WebhookDeleted():
            return state.model_copy(update={"deleted": True})
        case _:
            assert_never(event)


def _signed_with(state: Webhook, key_id: UUID, former: UUID | None, until: datetime | None) -> Webhook:
    keys = {"signing_key_id": key_id, "former_key_id": former, "former_until": until}
    return state.model_copy(update=keys)


def address(text: str) -> str:
    """A webhook's URL in its normal form; unlike a base URL it may end in a slash.

    Raises:
        Invalid: it is no such URL, or has a place for secrets: the log would keep them for good.
    """
    try:
        normal = names.base_url(text)
    except Invalid as error:
        # The words about keys are meant for providers.
        rule = error.rule.partition(":")[0]
        raise Invalid("url", f"{rule}; a receiver knows Keyroll by the signature") from None
    return normal + "/" if text.endswith("/") else normal


def register(subscription: Subscription, signing_key_id: UUID) -> tuple[WebhookEvent, ...]:
    """A new webhook."""
    return (WebhookRegistered(subscription=subscription, signing_key_id=signing_key_id),)


def change(
    state: Webhook, url: Change[str], event_types: Change[tuple[str, ...]]
) -> tuple[WebhookEvent, ...]:
    """Another address, or other events; what is as asked for yields nothing."""
    before = state.subscription
    after = Subscription(url=kept(url, before.url), event_types=kept(event_types, before.event_types))
    return () if after == before else (WebhookChanged(before=before, after=after),)


def pause(state: Webhook) -> tuple[WebhookEvent, ...]:
    """Let it wait. A parked one is not given up any more, and waits all the same, so nothing is sent."""
    if state.status is WebhookStatus.PAUSED:
        return ()
    return (*resume(state), WebhookPaused(url=state.subscription.url))


def park(state: Webhook, reason: ParkReason, message: str) -> tuple[WebhookEvent, ...]:
    """Give an active one up until a person looks after it."""
    if state.deleted or state.status is not WebhookStatus.ACTIVE:
        return ()
    return (WebhookParked(url=state.subscription.url, reason=reason, message=message),)


def resume(state: Webhook) -> tuple[WebhookEvent, ...]:
    """Tell it again; an active one is told anyway."""
    if state.status is WebhookStatus.ACTIVE:
        return ()
    return (WebhookResumed(url=state.subscription.url, before=state.status),)


def rotate_secret(
    state: Webhook, signing_key_id: UUID, former_until: datetime | None
) -> tuple[WebhookEvent, ...]:
    """Sign with another key from now on, and until a moment with the present one as well; None: not at all.

    Two keys sign at most, so one that was on its way out already goes at once.
    """
    return (
        WebhookSecretRotated(
            url=state.subscription.url,
            before=state.signing_key_id,
            after=signing_key_id,
            former_until=former_until,
        ),
    )


def retire_former_secret(state: Webhook, now: datetime) -> tuple[WebhookEvent, ...]:
    """Let the former key go once its time is over."""
    if state.deleted or state.former_key_id is None or state.former_until is None:
        return ()
    if now < state.former_until:
        return ()
    return (WebhookFormerSecretRetired(url=state.subscription.url, signing_key_id=state.former_key_id),)


def keys_let_go(before: Webhook, after: Webhook) -> list[UUID]:
    """The signing keys that are of use no more, and are to be destroyed."""
    held = {before.signing_key_id, before.former_key_id} - {None}
    kept: set[UUID | None] = set() if after.deleted else {after.signing_key_id, after.former_key_id}
    return sorted(key for key in held - kept if key is not None)


def delete(state: Webhook) -> tuple[WebhookEvent, ...]:
    """End it; a second time yields nothing."""
    return () if state.deleted else (WebhookDeleted(url=state.subscription.url),)
