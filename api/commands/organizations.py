"""Create organizations, and name those there are. Who operates Keyroll does that; no token may."""

from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from adapters.postgres.beginnings import was_ever_used
from adapters.postgres.refusals import StreamMoved
from adapters.postgres.store import Decided
from api.commands.bootstrap import DEFAULT_ORGANIZATION, FIRST_TOKEN_NAME, organization_of
from api.commands.caller import COMMAND_LINE, KEYROLL, Caller
from api.commands.core import ORGANIZATION, Core, until_it_holds
from api.commands.predefined import CurrentModels, first_roll
from api.commands.tokens import issue_token
from api.ids import uuid7
from domain import names, organization
from domain.access import Role
from domain.errors import Invalid, NoSuchOrganization, OrganizationExists, OrganizationGone
from domain.secret import Secret


class IssuedOf(NamedTuple):
    """A new token, and whether it brought its organization along."""

    token: Secret
    new_organization: bool


class Created(NamedTuple):
    """A new organization. ``token`` is its first admin token, shown once and kept nowhere."""

    id: UUID
    token: Secret


def operator_of(name: str) -> Caller:
    """Who operates Keyroll, at work for the organization of this name."""
    return Caller(organization_of(name), COMMAND_LINE, Role.ADMIN, str(uuid7()))


def the_organization(core: Core, name: str) -> UUID:
    """The id of an organization that there is; the one that every start makes counts as one.

    Raises:
        NoSuchOrganization: there never was one of this name.
        OrganizationGone: it was deleted.
    """
    stream = core.store.load(ORGANIZATION, organization_of(name))
    if stream.state is not None and stream.state.deleted:
        raise OrganizationGone
    if stream.state is None and name != DEFAULT_ORGANIZATION and not was_ever_used(core.store, stream.id):
        raise NoSuchOrganization(name)
    return stream.id


def create_organization(core: Core, name: str, current_models: CurrentModels) -> Created:
    """A new organization with a first admin token and a first roll: all of it, or nothing.

    Raises:
        Invalid: the name breaks its rule.
        OrganizationExists: there is one.
        OrganizationGone: there was one, and its name is not given again.
    """
    caller = operator_of(name)

    def decide() -> Created:
        named = _naming(core, name)
        if not named.events or was_ever_used(core.store, caller.organization):
            raise OrganizationExists(name)
        roll = first_roll(caller.organization, current_models, core.now())
        done = issue_token(core, caller, name=FIRST_TOKEN_NAME, role=Role.ADMIN, first=[named, *roll])
        return Created(caller.organization, done.row.token)

    return until_it_holds(decide)


def issue_token_of(core: Core, organization_name: str, *, name: str, role: Role) -> IssuedOf:
    """Issue a token of an organization, which begins with it if there is none of this name.

    Raises:
        Invalid: one of the names breaks its rule.
        NameTaken: a live token of the organization bears this name.
        OrganizationGone: the organization was deleted.
    """
    caller = operator_of(organization_name)

    def decide() -> IssuedOf:
        naming = _naming(core, organization_name)
        new = bool(naming.events) and not was_ever_used(core.store, caller.organization)
        done = issue_token(core, caller, name=name, role=role, first=[naming])
        return IssuedOf(done.row.token, new)

    return until_it_holds(decide)


def name_organization(core: Core, name: str) -> None:
    """Write down that the organization of this name is there, or was, unless that is written down."""
    stream = core.store.load(ORGANIZATION, organization_of(name))
    if stream.state is not None:
        return
    caller = Caller(stream.id, KEYROLL, Role.ADMIN, "first-start")
    with suppress(StreamMoved):  # another process was faster
        core.append(caller, [Decided(stream, organization.create(None, name))])


def _naming(core: Core, name: str) -> Decided:
    """What makes the organization known; nothing where it is."""
    stream = core.store.load(ORGANIZATION, organization_of(name))
    events = organization.create(stream.state, name)
    if events and names.name(name) != name:
        rule = "of an organization must have no spaces around it, and be in Unicode's composed form (NFC)"
        raise Invalid("name", rule)
    return Decided(stream, events)
