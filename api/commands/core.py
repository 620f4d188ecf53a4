"""What every use case works with, and how it comes to an end when others write at the same time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from adapters.postgres.refusals import GuardFailed, OrganizationDeleted, StreamMoved, UniquenessBroken
from adapters.postgres.store import Aggregate, Decided, Store, Stream
from adapters.postgres.write import Guard
from adapters.vault.fingerprint import Fingerprints
from adapters.vault.sealed_key import SealedKey
from adapters.vault.vault import Vault
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.ids import uuid7
from domain import access, catalog, model, organization, provider, sync, webhook
from domain.errors import Busy, NameTaken, OrganizationGone, RequestTakenOver
from projections.default_models import DEFAULT_MODELS, DefaultModelRow
from projections.models import MODELS, ModelRow
from projections.organizations import ORGANIZATIONS, OrganizationRow
from projections.providers import PROVIDERS, ProviderRow
from projections.syncs import SYNCS, SyncRow
from projections.tokens import TOKENS, TokenRow
from projections.webhooks import WEBHOOKS, WebhookRow

T = TypeVar("T")
Row = TypeVar("Row")

PROVIDER: Final[Aggregate[provider.Provider, ProviderRow]] = Aggregate(provider.evolve, PROVIDERS)
MODEL: Final[Aggregate[model.Model, ModelRow]] = Aggregate(model.evolve, MODELS)
CATALOG: Final[Aggregate[catalog.Catalog, DefaultModelRow]] = Aggregate(catalog.evolve, DEFAULT_MODELS)
SYNC: Final[Aggregate[sync.Sync, SyncRow]] = Aggregate(sync.evolve, SYNCS)
TOKEN: Final[Aggregate[access.Token, TokenRow]] = Aggregate(access.evolve, TOKENS)
WEBHOOK: Final[Aggregate[webhook.Webhook, WebhookRow]] = Aggregate(webhook.evolve, WEBHOOKS)
ORGANIZATION: Final[Aggregate[organization.Organization, OrganizationRow]] = Aggregate(
    organization.evolve, ORGANIZATIONS
)

PATIENCE: Final = 10.0
"""Seconds for which a use case tries again while others win the race for its streams."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Done(NamedTuple, Generic[Row]):
    """What a use case came to: the row as it is now, and the log position, None if nothing was written."""

    row: Row
    position: int | None


@dataclass(frozen=True, slots=True)
class Core:
    """The use cases' parts: the store, the vault, the fingerprints, and the two impure sources.

    ``simulators_allowed``: whether providers may be simulators.
    """

    store: Store
    vault: Vault
    fingerprints: Fingerprints
    now: Callable[[], datetime] = utc_now
    new_id: Callable[[], UUID] = uuid7
    simulators_allowed: bool = True

    def catalog(self, organization: UUID) -> Stream[catalog.Catalog, DefaultModelRow]:
        """The organization's catalog."""
        return self.store.load(CATALOG, catalog.stream_of(organization))

    def append(
        self,
        caller: Caller,
        decided: Sequence[Decided],
        terms: Terms = ANY_TERMS,
        *,
        guards: Sequence[Guard] = (),
        sealed: SealedKey | None = None,
        destroyed: Sequence[UUID] = (),
        at: datetime | None = None,
    ) -> tuple[int | None, dict[UUID, Any]]:
        """Append what was decided, if anything: the log position and the rows by stream.

        Raises:
            WriteRefused: see its subclasses. Nothing was written.
            RequestTakenOver: the request's claim is another's now. Nothing was written.
            OrganizationGone: the organization was deleted. Nothing was written.
        """
        eventful = [decision for decision in decided if decision.events]
        if not eventful:
            return None, {}
        with take_over_told():
            appended = self.store.append(
                eventful,
                caller.meta,
                at or self.now(),
                guards=guards,
                sealed=sealed,
                destroyed=destroyed,
                claim=terms.claim,
            )
        return appended.position, appended.rows


@contextmanager
def take_over_told() -> Iterator[None]:
    """Tell why a request has nothing more to write, however often it decides anew.

    Raises:
        RequestTakenOver: another request holds its claim now. Nothing was written.
        OrganizationGone: its organization was deleted. Nothing was written.
    """
    try:
        yield
    except GuardFailed as error:
        if error.guard != "claim_held":
            raise
        raise RequestTakenOver from None
    except OrganizationDeleted:
        raise OrganizationGone from None


@contextmanager
def name_taken_told(what: str, name: str) -> Iterator[None]:
    """Tell a name that another object of the organization bears, by the constraint that refused it.

    Raises:
        NameTaken: there is such an object.
    """
    try:
        yield
    except UniquenessBroken as error:
        if not error.constraint.endswith("_name_taken"):
            raise
        raise NameTaken(what, name) from None


def until_it_holds(work: Callable[[], T]) -> T:
    """Load, decide and append again for as long as others write in between.

    Of writers that meet on a stream one wins each round, so all come through; decisions are made anew each
    time. A guard that fails is cured by loading again, or the decision then says why not.

    Raises:
        Busy: ten seconds have not been enough.
    """
    rounds = Retrying(
        retry=retry_if_exception_type((StreamMoved, GuardFailed)),
        wait=wait_random_exponential(multiplier=0.002, max=0.1),
        stop=stop_after_delay(PATIENCE),
    )
    try:
        result: T = rounds(work)
    except RetryError:
        raise Busy from None
    return result
