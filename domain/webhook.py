"""A webhook: an address outside that is told of events."""

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


class WebhookDeleted(Event):
    """It is told nothing any more, and its signing key is destroyed."""

    topic: ClassVar[str] = "webhook.deleted.v1"
    url: str


WebhookEvent: TypeAlias = (
    WebhookRegistered | WebhookChanged | WebhookPaused | WebhookParked | WebhookResumed | WebhookDeleted
)


class Webhook(Value):
    """What decisions need to know of a webhook."""

    subscription: Subscription
    signing_key_id: UUID
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
        case WebhookDeleted():
            return state.model_copy(update={"deleted": True})
        case _:
            assert_never(event)


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
    """Let an active one wait; one that waits already goes on to."""
    if state.status is not WebhookStatus.ACTIVE:
        return ()
    return (WebhookPaused(url=state.subscription.url),)


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


def delete(state: Webhook) -> tuple[WebhookEvent, ...]:
    """End it; a second time yields nothing."""
    return () if state.deleted else (WebhookDeleted(url=state.subscription.url),)
