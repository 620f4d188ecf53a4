"""A history of an organization, what the API answered after each step of it, and whether it says so again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import httpx

from tests.support.steps import KEY, Json, items, log_end
from tests.support.vendor_models import OPENAI_MODELS
from tests.support.vendor_servers import OpenAIServer

ALL: Final = (("status", "all"), ("include_stale", "true"), ("limit", "200"))
PROVIDERS: Final = "/v1/llm-providers"
MODELS: Final = "/v1/llm-models"

Step = tuple[str, int, int]
"""The name of a deed, which object it is done to, and which of its variants."""


Look = tuple[str, tuple[tuple[str, str], ...]]
"""A path and its parameters."""


class Answer(NamedTuple):
    """What a GET answered; of a refusal only its status, for each has a request id of its own."""

    status: int
    etag: str | None
    body: bytes


class Moment(NamedTuple):
    """The organization's last position after a step, an instant before the next one, and all answers."""

    position: int
    instant: datetime
    answers: dict[Look, Answer]


class Story:
    """Does one thing after the other, and remembers what was answered after each.

    Attributes:
        moments: one for each step.
    """

    def __init__(self, http: httpx.Client, openai: OpenAIServer) -> None:
        self._http, self._openai = http, openai
        self._providers: list[str] = []
        self._models: list[str] = []
        self.moments: list[Moment] = []

    def go(self, steps: Sequence[Step]) -> None:
        """Do these things; what is refused leaves everything as it is."""
        deeds: dict[str, Callable[[int, int], None]] = {
            "create": self._create,
            "change": self._change,
            "delete": self._delete,
            "add": self._add,
            "edit": self._edit,
            "remove": self._remove,
            "sync": self._sync,
        }
        for deed, which, variant in steps:
            deeds[deed](which, variant)
            roll = items(self._http, MODELS, **dict(ALL))
            self._models = sorted({*self._models, *(str(model["id"]) for model in roll)})
            answers = {look: self.answer(look) for look in self._looks()}
            self.moments.append(Moment(log_end(self._http), datetime.now(UTC), answers))

    def differences(self, way: Callable[[Moment], str]) -> list[str]:
        """Which answers are told otherwise when they are asked for by this ``as_of`` of their moment."""
        return [
            f"as of {way(moment)}: {look} was {then} and is told as {told}"
            for moment in self.moments
            for look, then in moment.answers.items()
            if (told := self.answer(look, way(moment))) != then
        ]

    def answer(self, look: Look, moment: str | None = None) -> Answer:
        """What is answered now, or as of a moment."""
        path, params = look
        as_of = {} if moment is None else {"as_of": moment}
        answer = self._http.get(path, params={**dict(params), **as_of})
        found = answer.status_code == httpx.codes.OK
        return Answer(answer.status_code, answer.headers.get("etag"), answer.content if found else b"")

    def _looks(self) -> Iterator[Look]:
        yield from ((PROVIDERS, ()), (MODELS, ALL), (MODELS, ()), (f"{MODELS}/default", ()))
        yield from ((f"{MODELS}/{model}", ()) for model in self._models[:3])
        for provider in self._providers:
            yield f"{PROVIDERS}/{provider}", ()
            yield f"{PROVIDERS}/{provider}/models", ALL
            yield f"{PROVIDERS}/{provider}/syncs", ()

    def _create(self, which: int, variant: int) -> None:
        body = {
            "name": f"Provider {which}",
            "provider_type": "openai",
            "api_key": (KEY, None, KEY)[variant % 3],
            "base_url": (None, None, "https://llm.example.com/v1")[variant % 3],
        }
        answer = self._http.post(PROVIDERS, json=body)
        if answer.status_code == httpx.codes.CREATED:
            self._providers.append(answer.json()["id"])

    def _change(self, which: int, variant: int) -> None:
        changes: list[Json] = [
            {"name": f"Provider {variant + 1}"},
            {"status": "disabled"},
            {"status": "active"},
            {"api_key": "sk-another-0123456789"},
            {"api_key": KEY},
            {"api_key": None},
            {"base_url": "https://other.example.com/v1"},
            {"provider_type": "gemini"},
        ]
        self._do("PATCH", PROVIDERS, self._providers, which, changes[variant % len(changes)])

    def _delete(self, which: int, _variant: int) -> None:
        self._do("DELETE", PROVIDERS, self._providers, which)

    def _add(self, which: int, variant: int) -> None:
        body = {"model_id": f"own-{variant % 2}", "context_window": variant + 1}
        self._do("POST", PROVIDERS, self._providers, which, body, "/models")

    def _edit(self, which: int, variant: int) -> None:
        changes: list[Json] = [
            {"display_name": "Ours"},
            {"capabilities": {"vision": True}},
            {"capabilities": {"vision": None}, "display_name": None},
            {"status": "disabled"},
            {"status": "active"},
            {"is_default": True},
            {"is_default": False},
            {"context_window": 7, "retires_at": "2030-01-01T00:00:00Z"},
        ]
        self._do("PATCH", MODELS, self._models, which, changes[variant % len(changes)])

    def _remove(self, which: int, _variant: int) -> None:
        self._do("DELETE", MODELS, self._models, which)

    def _sync(self, which: int, variant: int) -> None:
        self._openai.models = list(OPENAI_MODELS)[variant % 4 :][:3]
        self._do(
            "POST", PROVIDERS, self._providers, which, None, f"/sync-models?force={bool(variant % 2)}".lower()
        )

    def _do(
        self, method: str, path: str, ids: Sequence[str], which: int, body: Json | None = None, rest: str = ""
    ) -> None:
        if ids:
            self._http.request(method, f"{path}/{ids[which % len(ids)]}{rest}", json=body)
