"""Delete an organization: all its keys and tokens at once, and everything else that it has."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from adapters.postgres.beginnings import was_ever_used
from adapters.postgres.organization_contents import Contents, end_organization
from adapters.postgres.store import Aggregate, Decided, Prepared, Stream
from api.commands.core import CATALOG, MODEL, ORGANIZATION, PROVIDER, SYNC, TOKEN, WEBHOOK, Core
from api.commands.organizations import operator_of
from domain import access, catalog, organization, provider, webhook
from domain.catalog import Catalog
from domain.errors import NoSuchOrganization
from domain.event import Event
from domain.listing import SyncFailure
from domain.model import go_with_provider
from domain.organization import Belongings
from domain.sync import Sync, SyncFailed

State = TypeVar("State")

_CUT_SHORT: Final = "The organization was deleted while the run was under way."


def delete_organization(core: Core, name: str) -> Belongings:
    """End it in one transaction: nobody's key or token is left, and nothing is ever added to it again.

    Every stream ends with an event of its own, so that whoever reads the log knows what went. A write that is
    under way either comes before, and goes too, or is refused.

    Returns:
        How much it had.

    Raises:
        NoSuchOrganization: there never was one of this name.
        OrganizationGone: it was deleted before.
    """
    caller = operator_of(name)
    belongings = Belongings()

    def decide(contents: Contents) -> Prepared:
        nonlocal belongings
        belongings = _count(contents)
        stream = core.store.load(ORGANIZATION, caller.organization)
        if stream.state is None and not was_ever_used(core.store, caller.organization):
            raise NoSuchOrganization(name)
        ended = Decided(stream, organization.delete(stream.state, name, belongings))
        decided = [one for one in (*_ends(core, stream.id, contents), ended) if one.events]
        return core.store.prepare(decided, caller.meta, core.now())

    end_organization(core.store, caller.organization, decide)
    return belongings


def _count(contents: Contents) -> Belongings:
    return Belongings(
        providers=len(contents.providers),
        models=len(contents.models),
        tokens=len(contents.tokens),
        webhooks=len(contents.webhooks),
        keys=contents.keys,
    )


def _ends(core: Core, organization_id: UUID, contents: Contents) -> Iterator[Decided]:
    """The end of everything that it has, in the order in which a provider's deletion tells it."""
    yield _decide(core, CATALOG, catalog.stream_of(organization_id), _let_go)
    for run in contents.running_syncs:
        yield _decide(core, SYNC, run, _cut_short)
    for row in contents.models:
        gone = go_with_provider(row.provider_id, row.model_id)
        yield Decided(Stream(MODEL, row.id, row.version, None, row), (gone,))
    for id_ in contents.providers:
        yield _decide(core, PROVIDER, id_, provider.delete)
    for id_ in contents.webhooks:
        yield _decide(core, WEBHOOK, id_, webhook.delete)
    for id_ in contents.tokens:
        yield _decide(core, TOKEN, id_, access.revoke)


def _let_go(today: Catalog) -> Sequence[Event]:
    default = today.default
    return () if default is None else catalog.let_go_of_provider(today, default.provider_id)


def _cut_short(run: Sync) -> Sequence[Event]:
    failed = SyncFailed(
        provider_id=run.provider_id,
        provider_name=run.provider_name,
        failure=SyncFailure.ABANDONED,
        message=_CUT_SHORT,
    )
    return (failed,)


def _decide(
    core: Core, aggregate: Aggregate[State, Any], stream_id: UUID, end: Callable[[State], Sequence[Event]]
) -> Decided:
    stream = core.store.load(aggregate, stream_id)
    return Decided(stream, () if stream.state is None else end(stream.state))
