"""Who calls: recognized in memory, from a view that is fresh, or not at all."""

from collections.abc import Set as AbstractSet

from litestar.types import Scope

from api.calls.call_parts import CallParts
from api.calls.freshness import ViewTooOld
from api.calls.refusals import CallRefused
from api.calls.routing_view import Bearer
from api.http.access import bearer_token
from api.http.problems import HTTPProblem
from domain.access import Role


async def caller_of(scope: Scope, parts: CallParts, roles: AbstractSet[Role]) -> Bearer:
    """Who bears the request's token.

    Raises:
        CallRefused: 401, nobody does; 403, the role does not allow it; 503, it cannot be known now.
    """
    try:
        verifier = parts.fingerprints.of_token(bearer_token(scope))
    except HTTPProblem as refusal:
        raise CallRefused(401, "unauthenticated", refusal.detail, headers=refusal.headers) from None
    await fresh(parts)
    bearer = parts.view.bearer(verifier)
    if bearer is None:
        raise CallRefused(
            401,
            "invalid_api_key",
            "The token is not known, or was revoked. Send a token of Keyroll's, not a provider's key.",
            headers={"WWW-Authenticate": 'Bearer realm="keyroll", error="invalid_token"'},
        )
    if bearer.role not in roles:
        able = " or ".join(repr(role.value) for role in sorted(roles))
        raise CallRefused(
            403, "forbidden", f"A token with the role {bearer.role.value!r} may not do this; {able} may."
        )
    return bearer


async def fresh(parts: CallParts) -> None:
    """Wait until the view may be used. Raises CallRefused: 503, it may not."""
    if parts.freshness.is_fresh:
        return
    try:
        await parts.freshness.wait()
    except ViewTooOld:
        raise CallRefused(
            503,
            "unavailable",
            "This process has not heard from its database for too long. Try again, or ask another one.",
            headers={"Retry-After": "1"},
        ) from None
