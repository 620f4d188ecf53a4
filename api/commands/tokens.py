"""Issue and revoke tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adapters.postgres.refusals import GuardFailed
from adapters.postgres.store import Decided, Stream
from adapters.postgres.write import Guard
from api.commands.caller import ANY_TERMS, SYSTEM_ACTORS, Caller, Terms
from api.commands.core import TOKEN, Core, Done, name_taken_told, until_it_holds
from domain import names
from domain.access import Role, issue, revoke
from domain.errors import Invalid, LastAdmin, NotFound
from domain.secret import Secret
from projections.tokens import TokenRow

PREFIX = "keyroll_"
"""Tells a token of ours from other secrets, for people and for secret scanners."""

_ANOTHER_ADMIN: Final = "another_admin_exists"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. ``token`` is shown once and kept nowhere."""

    row: TokenRow
    token: Secret


def new_token() -> Secret:
    """A token with 256 bits of randomness."""
    return Secret(PREFIX + secrets.token_urlsafe(32))


def issue_token(
    core: Core,
    caller: Caller,
    *,
    name: str,
    role: Role,
    terms: Terms = ANY_TERMS,
    first: Sequence[Decided] = (),
) -> Done[Issued]:
    """Issue a token for the caller's organization, in one transaction with what was decided ``first``.

    Raises:
        Invalid: the name breaks its rule.
        NameTaken: a live token of the organization bears it.
        OrganizationGone: the organization was deleted.
    """
    name = names.name(name)
    if names.name_key(name) in SYSTEM_ACTORS:
        raise Invalid("name", f"must not be one of {', '.join(sorted(SYSTEM_ACTORS))}: those act for Keyroll")
    token = new_token()
    stream = Stream(TOKEN, core.new_id())
    events = issue(name, role, core.fingerprints.of_token(token))
    with name_taken_told("token", name):
        position, rows = core.append(caller, [*first, Decided(stream, events)], terms)
    return Done(Issued(rows[stream.id], token), position)


def revoke_token(core: Core, caller: Caller, token_id: UUID, terms: Terms = ANY_TERMS) -> Done[None]:
    """Revoke a token; it opens nothing from the next request on, in every process.

    Raises:
        NotFound: the organization has no such live token.
        LastAdmin: no other admin token would be left.
    """

    def decide() -> Done[None]:
        stream = core.store.load(TOKEN, token_id)
        row, state = stream.row, stream.state
        if row is None or state is None or row.organization != caller.organization:
            raise NotFound("token", token_id)
        terms.check(stream.version)
        guards = [Guard(_ANOTHER_ADMIN, token_id)] if state.role is Role.ADMIN else []
        try:
            position, _ = core.append(caller, [Decided(stream, revoke(state))], terms, guards=guards)
        except GuardFailed as error:
            if error.guard == _ANOTHER_ADMIN:
                raise LastAdmin from None
            raise
        return Done(None, position)

    return until_it_holds(decide)
