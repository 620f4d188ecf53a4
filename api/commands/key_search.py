"""Is this key one of ours? Answered from the log, and the question is logged."""

import asyncio
from typing import Final, NamedTuple

from adapters.postgres.queries.key_history import events_of_key
from adapters.postgres.reader import Reader
from adapters.postgres.store import Aggregate, Decided, Stream
from api.commands.caller import ANY_TERMS, Caller, Terms
from api.commands.core import Core
from domain import names
from domain.audit import KeySearched
from projections.key_searches import KEY_SEARCHES, NoRow
from projections.key_uses import KeyUse, key_uses

_SEARCH: Final[Aggregate[None, NoRow]] = Aggregate(lambda _state, _event: None, KEY_SEARCHES)


class KeyFound(NamedTuple):
    """What the log knows of a key, and the position of the question."""

    fingerprint: str
    uses: list[KeyUse]
    position: int | None


async def find_key(
    core: Core, reader: Reader, caller: Caller, api_key: str, terms: Terms = ANY_TERMS
) -> KeyFound:
    """Which providers of the caller's organization have a key or had it, of those that are gone too.

    Keys are compared by their fingerprint within the organization, so nobody learns of another's keys.

    Raises:
        Invalid: it cannot be an API key.
        RequestTakenOver: the request's claim is another's now. Nothing was written.
    """
    fingerprint = core.fingerprints.of_key(caller.organization, names.api_key(api_key))
    uses = key_uses(await events_of_key(reader, caller.organization, fingerprint), fingerprint)
    asked = KeySearched(fingerprint=fingerprint, found=bool(uses))
    decided = [Decided(Stream(_SEARCH, core.new_id()), (asked,))]
    position, _ = await asyncio.to_thread(core.append, caller, decided, terms)
    return KeyFound(fingerprint, uses, position)
