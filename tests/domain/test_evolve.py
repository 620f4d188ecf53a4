"""History is always readable: no order of events, however odd, makes evolve fail once it has begun."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import access, catalog, model, organization, provider, sync, webhook
from domain.event import Event
from tests.support.event_strategies import (
    CATALOG_EVENTS,
    CREATED,
    MODEL_BEGINNINGS,
    MODEL_EVENTS,
    ORGANIZATION_BEGINNINGS,
    ORGANIZATION_EVENTS,
    PROVIDER_EVENTS,
    SYNC_EVENTS,
    SYNC_STARTS,
    TOKEN_EVENTS,
    TOKEN_ISSUES,
    WEBHOOK_EVENTS,
    WEBHOOK_REGISTRATIONS,
)
from tests.support.examples import EXAMPLES
from tests.support.given_when_then import fold

Evolve = Callable[[Any, Any], Any]

AGGREGATES: dict[str, tuple[Evolve, type[object], st.SearchStrategy[Any], st.SearchStrategy[Any]]] = {
    "provider": (provider.evolve, provider.Provider, CREATED, PROVIDER_EVENTS),
    "model": (model.evolve, model.Model, MODEL_BEGINNINGS, MODEL_EVENTS),
    "catalog": (catalog.evolve, catalog.Catalog, CATALOG_EVENTS, CATALOG_EVENTS),
    "sync": (sync.evolve, sync.Sync, SYNC_STARTS, SYNC_EVENTS),
    "access": (access.evolve, access.Token, TOKEN_ISSUES, TOKEN_EVENTS),
    "webhook": (webhook.evolve, webhook.Webhook, WEBHOOK_REGISTRATIONS, WEBHOOK_EVENTS),
    "organization": (
        organization.evolve,
        organization.Organization,
        ORGANIZATION_BEGINNINGS,
        ORGANIZATION_EVENTS,
    ),
}


@pytest.mark.parametrize("aggregate", AGGREGATES)
@given(data=st.data())
def test_evolve_reads_every_event_in_any_order_after_the_first(aggregate: str, data: st.DataObject) -> None:
    evolve, state_type, first, events = AGGREGATES[aggregate]
    history: Sequence[Event] = [data.draw(first), *data.draw(st.lists(events, max_size=12))]
    state = fold(evolve, None, history)
    assert isinstance(state, state_type)
    assert fold(evolve, None, history) == state


@pytest.mark.parametrize(
    "event",
    [example for example in EXAMPLES if not example.topic.startswith(("catalog.", "audit."))],
    ids=lambda event: event.topic,
)
def test_a_history_begins_with_its_first_event_and_with_no_other(event: Event) -> None:
    evolve = AGGREGATES[event.topic.partition(".")[0]][0]
    if event.topic.endswith(
        (".created.v1", ".discovered.v1", ".added.v1", ".started.v1", "_issued.v1", ".registered.v1")
    ):
        assert evolve(None, event) is not None
        return
    with pytest.raises(LookupError, match=f"history begins with {event.topic}"):
        evolve(None, event)
