"""The work of ``keyroll sync``: find the providers, and sync them as the API does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import click

from adapters.postgres.queries.providers import page_of_providers
from adapters.postgres.reader import Reader
from api.cli.sync_report import Report, for_people, for_scripts
from api.commands.caller import COMMAND_LINE, Caller
from api.commands.organizations import the_organization
from api.commands.syncs import Syncing, SyncOutcome
from api.compose import Opened, reaching_out, syncing_over
from api.ids import uuid7
from api.scheduler import AT_ONCE
from api.settings import Settings
from api.timetable import syncs_itself
from domain.access import Role
from domain.errors import Busy, NotFound, SyncRunning
from domain.names import name_key
from projections.providers import ProviderRow

_PAGE: Final = 200
_CODES: Final = {SyncRunning: "sync_running", NotFound: "not_found", Busy: "busy"}
"""What the API answers with a problem is here one provider's failure; the others are synced."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; no provider named means all that sync themselves."""

    organization: str
    providers: tuple[str, ...]
    force: bool
    dry_run: bool


def sync_providers(settings: Settings, database: Opened, wanted: Wanted, *, as_json: bool) -> bool:
    """Sync them, a few at once, and tell of each as it ends. Returns whether all succeeded.

    Raises:
        NoSuchOrganization: there never was one of this name.
        OrganizationGone: it was deleted.
        click.ClickException: there is no provider of a name or id. Nothing was synced.
    """
    return asyncio.run(_sync_all(settings, database, wanted, as_json=as_json))


async def _sync_all(settings: Settings, database: Opened, wanted: Wanted, *, as_json: bool) -> bool:
    organization = the_organization(database.core, wanted.organization)
    async with Reader(database.conninfo) as reader:
        known = [row async for row in _providers(reader, organization)]
    if wanted.providers:
        chosen = list(dict.fromkeys(_named(known, name) for name in wanted.providers))
    else:
        chosen = [row for row in known if syncs_itself(row, settings.standing_keys)]
    turn = asyncio.Semaphore(AT_ONCE)
    async with reaching_out(settings) as outbound:
        syncing = syncing_over(settings, database, outbound)
        with for_scripts() if as_json else for_people(len(chosen)) as report:
            ended = await asyncio.gather(*(_sync(syncing, row, wanted, turn, report) for row in chosen))
    return all(outcome.status == "success" for outcome in ended)


async def _sync(
    syncing: Syncing, row: ProviderRow, wanted: Wanted, turn: asyncio.Semaphore, report: Report
) -> SyncOutcome:
    caller = Caller(row.organization, COMMAND_LINE, Role.ADMIN, str(uuid7()))
    async with turn:
        try:
            outcome = await syncing.sync(caller, row.id, force=wanted.force, dry_run=wanted.dry_run)
        except (SyncRunning, NotFound, Busy) as error:
            outcome = SyncOutcome("failed", code=_CODES[type(error)], message=str(error))
    report(row, outcome)
    return outcome


async def _providers(reader: Reader, organization: UUID) -> AsyncIterator[ProviderRow]:
    after = UUID(int=0)
    while page := await page_of_providers(reader, organization, after=after, limit=_PAGE):
        for found in page:
            yield found.row
        after = page[-1].row.id


def _named(known: list[ProviderRow], name: str) -> ProviderRow:
    for row in known:
        if name.lower() == str(row.id) or name_key(name) == row.name_key:
            return row
    raise click.ClickException(f"There is no provider {name!r} in this organization.")
