"""A client that writes without pause, remembers what it was promised, and repeats what was not answered."""

import random
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from tests.support.ledger import Acknowledged, Ledger

Body = dict[str, Any]
_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True)
class Write:
    """A change to ask for. Its name is its Idempotency-Key, too."""

    name: str
    method: str
    path: str
    body: Body | None = None

    @property
    def about(self) -> str:
        """The object's id, or the collection's name."""
        return self.path.rpartition("/")[2]

    @property
    def is_sync(self) -> bool:
        return self.path.endswith("/sync-models")


class WritingClient:
    """One of several clients; each has providers of its own, so it knows what they must be.

    Args:
        number: tells it from the others.
        seed: what it does.
        ledger: where it writes down what it was promised.
    """

    def __init__(self, number: int, seed: int, ledger: Ledger) -> None:
        self._number = number
        self._random = random.Random(seed)  # noqa: S311  # what it does is to be repeatable
        self._ledger = ledger
        self._made = 0
        self._attempt = 0
        self._pending: Write | None = None
        self.providers: dict[str, Body] = {}
        self.models: dict[str, Body] = {}

    def write_until(self, stop: threading.Event, http: httpx.Client) -> None:
        """Write until told to stop, or until the server does not answer."""
        with http:
            while not stop.is_set():
                if not self._answered(http):
                    return

    def settle(self, http: httpx.Client) -> None:
        """Ask again for what was not answered."""
        if self._pending is not None:
            assert self._answered(http), f"no answer to {self._pending}"

    def contradictions(self, http: httpx.Client) -> list[str]:
        """The objects that are not what the last answer about them said."""
        told = [("llm-providers", one, _PROVIDER_FIELDS) for one in self.providers.values()]
        told += [("llm-models", one, _MODEL_FIELDS) for one in self.models.values()]
        found = []
        for path, body, fields in told:
            now = http.get(f"/v1/{path}/{body['id']}").json()
            if any(now.get(field) != body[field] for field in fields):
                found.append(f"{body} is now {now}")
        return found

    def _answered(self, http: httpx.Client) -> bool:
        if self._pending is None:
            self._attempt, self._pending = 0, self._next()
        write = self._pending
        self._attempt += 1
        headers = {"X-Request-Id": f"{write.name}.{self._attempt}"}
        if not write.is_sync:
            headers["Idempotency-Key"] = write.name
        try:
            answer = http.request(write.method, write.path, json=write.body, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code == _UNAVAILABLE or "still at work" in answer.text:
            return False
        self._pending = None
        self._take(write, answer)
        return True

    def _take(self, write: Write, answer: httpx.Response) -> None:
        if "made its change" in answer.text:
            self._ledger.settled.append(write.name)
            self._forget(write.about)
            return
        body = answer.json() if answer.content else {}
        if (
            not answer.is_success
            or body.get("status") == "failed"
            or "Keyroll-Position" not in answer.headers
        ):
            self._ledger.surprises.append(f"{write}: {answer.status_code} {answer.text}")
            return
        subject = body.get("id") or body.get("sync_id") or write.about
        position = int(answer.headers["Keyroll-Position"])
        told = Acknowledged(write.name, position, UUID(subject), body.get("version"))
        self._ledger.acknowledged.append(told)
        if write.method == "DELETE":
            self._forget(write.about)
        elif not write.is_sync:
            (self.models if "model_id" in body else self.providers)[subject] = body

    def _forget(self, subject: str) -> None:
        self.providers.pop(subject, None)
        self.models = {
            id_: model for id_, model in self.models.items() if subject not in (id_, model["provider_id"])
        }

    def _next(self) -> Write:
        choices: list[Callable[[], Write]] = [self._create]
        if self.providers:
            choices += [self._rename, self._rotate, self._rotate, self._remove_key, self._switch]
            choices += [self._add_model, self._add_model, self._add_model, self._delete_provider]
        if any(one["api_key_set"] for one in self.providers.values()):
            choices += [self._sync]
        if self.models:
            choices += [self._edit_model, self._delete_model]
        if any(self._selectable(one) for one in self.models.values()):
            choices += [self._choose, self._choose]
        return self._random.choice(choices)()

    def _named(self, kind: str, method: str, path: str, body: Body | None = None) -> Write:
        self._made += 1
        return Write(f"{kind}-{self._number}-{self._made}", method, path, body)

    def _create(self) -> Write:
        name = f"Provider {self._number} {self._made}"
        body = {"name": name, "provider_type": "openai", "api_key": self._key()}
        return self._with_key(self._named("create", "POST", "/v1/llm-providers", body))

    def _rotate(self) -> Write:
        return self._with_key(self._change("rotate", {"api_key": self._key()}))

    def _rename(self) -> Write:
        return self._change("rename", {"name": f"Renamed {self._number} {self._made}"})

    def _remove_key(self) -> Write:
        kept = self._some_provider()
        if not kept["api_key_set"]:
            return self._rename()
        return self._named("remove", "PATCH", f"/v1/llm-providers/{kept['id']}", {"api_key": None})

    def _switch(self) -> Write:
        kept = self._some_provider()
        other = {"active": "disabled", "disabled": "active"}[kept["status"]]
        return self._named("switch", "PATCH", f"/v1/llm-providers/{kept['id']}", {"status": other})

    def _delete_provider(self) -> Write:
        return self._named("delete", "DELETE", f"/v1/llm-providers/{self._some_provider()['id']}")

    def _sync(self) -> Write:
        ready = [id_ for id_, one in self.providers.items() if one["api_key_set"]]
        return self._named("sync", "POST", f"/v1/llm-providers/{self._random.choice(ready)}/sync-models")

    def _add_model(self) -> Write:
        body = {"model_id": f"model-{self._number}-{self._made}", "context_window": 8_192}
        return self._named("add", "POST", f"/v1/llm-providers/{self._some_provider()['id']}/models", body)

    def _edit_model(self) -> Write:
        path = f"/v1/llm-models/{self._random.choice([*self.models])}"
        return self._named("edit", "PATCH", path, {"display_name": f"Model {self._number} {self._made}"})

    def _delete_model(self) -> Write:
        return self._named("unroll", "DELETE", f"/v1/llm-models/{self._random.choice([*self.models])}")

    def _choose(self) -> Write:
        ready = [id_ for id_, one in self.models.items() if self._selectable(one)]
        body = {"is_default": True, "display_name": f"Default {self._number} {self._made}"}
        return self._named("choose", "PATCH", f"/v1/llm-models/{self._random.choice(ready)}", body)

    def _change(self, kind: str, change: Body) -> Write:
        return self._named(kind, "PATCH", f"/v1/llm-providers/{self._some_provider()['id']}", change)

    def _with_key(self, write: Write) -> Write:
        assert write.body is not None
        self._ledger.sent_keys[write.body["api_key"]] = write.name
        return write

    def _key(self) -> str:
        return f"sk-{secrets.token_urlsafe(24)}"

    def _some_provider(self) -> Body:
        return self.providers[self._random.choice([*self.providers])]

    def _selectable(self, model: Body) -> bool:
        return bool(self.providers[model["provider_id"]]["status"] == "active")


_PROVIDER_FIELDS: tuple[str, ...] = (
    "version",
    "name",
    "status",
    "api_key_set",
    "key_hint",
    "key_fingerprint",
    "key_set_at",
)
_MODEL_FIELDS: tuple[str, ...] = ("version", "model_id", "display_name", "source", "status", "context_window")
