"""Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): a repeated request is answered, not done.

A key belongs to an organization for 24 hours. Its first request claims it; the write settles the claim in its
own transaction; the answer is kept. So a crash at any point leaves either no change and a free key, or one
change and a key that says so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from litestar import Request, Response

from adapters.postgres.claims import (
    PATIENCE,
    Answer,
    Settled,
    Unanswered,
    keep_answer,
    release_claim,
    take_claim,
)
from adapters.postgres.reader import Reader
from adapters.vault.fingerprint import Fingerprints
from api.commands.caller import Caller, Terms
from api.http.answers import JSON, POSITION_HEADER, wanted_version
from api.http.problems import HTTPProblem
from api.http.problems_list import KEY_IN_USE, KEY_REUSED
from api.ids import uuid7

Work = Callable[[Terms], Awaitable[Response[Any]]]

LONGEST_KEY: Final = 255
_KEPT_HEADERS: Final = ("ETag", "Location", POSITION_HEADER)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Does a request once per Idempotency-Key."""

    reader: Reader
    fingerprints: Fingerprints

    async def once(
        self,
        request: Request[Caller, Any, Any],
        work: Work,
        *,
        shown_once: str | None = None,
        patience: float = PATIENCE,
        meets_version: bool = False,
    ) -> Response[Any]:
        """Do the work of a writing request on its terms, or give the answer of the time before.

        Args:
            request: the request.
            work: what it asks for.
            shown_once: a field of the answer that is a secret; a repetition gets null there.
            patience: seconds that the work may take.
            meets_version: whether a POST is about an object that has a version, so that If-Match means it.

        Raises:
            HTTPProblem: the key is malformed, in use, or came with another request.
        """
        terms = wanted_version(request)
        if terms.version is not None and request.method == "POST" and not meets_version:
            raise HTTPProblem.malformed("If-Match is for PATCH and DELETE: a POST meets no version.")
        key = _key_of(request)
        if key is None:
            return await work(terms)
        organization, claim = request.user.organization, uuid7()
        taken = await take_claim(
            self.reader,
            organization,
            self.fingerprints.of_request(key.encode()),  # people have been seen to use a secret as the key
            claim,
            await self._digest(request),
            patience=patience,
        )
        if taken is not None:
            return _repeated(taken)
        try:
            response = await work(replace(terms, claim=claim))
        except BaseException:
            await release_claim(self.reader, organization, claim)
            raise
        await keep_answer(self.reader, organization, claim, _kept(response, shown_once))
        return response

    async def _digest(self, request: Request[Caller, Any, Any]) -> str:
        """A keyed digest, because the request may hold an API key."""
        conditions = request.headers.get("if-match", "")
        line = f"{request.method} {request.url.path}?{request.url.query} {conditions}\n"
        return self.fingerprints.of_request(line.encode() + await request.body())


def _kept(response: Response[Any], shown_once: str | None) -> Answer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    body = response.content if shown_once is None else _without(response.content, shown_once)
    return Answer(response.status_code or 200, msgspec.json.encode(headers).decode(), body)


def _without(body: bytes, field: str) -> bytes:
    return msgspec.json.encode({**msgspec.json.decode(body), field: None})


def _key_of(request: Request[Caller, Any, Any]) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= LONGEST_KEY and key.isprintable()):
        raise HTTPProblem.malformed(f"Idempotency-Key must have 1 to {LONGEST_KEY} printable characters.")
    return key


def _repeated(taken: Answer | Settled | Unanswered) -> Response[Any]:
    match taken:
        case Answer():
            headers = msgspec.json.decode(taken.headers, type=dict[str, str])
            headers["Idempotency-Replayed"] = "true"
            return Response(taken.body, status_code=taken.status, headers=headers, media_type=JSON)
        case Unanswered.OTHER_REQUEST:
            raise HTTPProblem(KEY_REUSED, "Use a new Idempotency-Key for a new request.")
        case Unanswered.UNDER_WAY:
            detail = "The first request with this key is still at work. Send it again in a moment."
            raise HTTPProblem(KEY_IN_USE, detail, {"Retry-After": "1"})
        case Settled():
            detail = (
                f"The first request with this key made its change, up to log position {taken.position}, but "
                "its answer is lost. The audit event at that position names the object: read it."
            )
            raise HTTPProblem(KEY_IN_USE, detail, {POSITION_HEADER: str(taken.position)})
