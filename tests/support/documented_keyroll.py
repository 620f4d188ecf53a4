"""A Keyroll on a real socket whose every answer is held to its own description."""

from functools import cached_property, partial
from typing import Any, LiteralString

import httpx
import psycopg
import pytest

from adapters.outbound.answer import Limits
from adapters.outbound.client import Outbound
from tests.support.documented_answers import DocumentedAnswers
from tests.support.keyroll_in_a_thread import KeyrollInAThread


class DocumentedKeyroll(KeyrollInAThread):
    """Its clients fail on an answer that is not documented."""

    @cached_property
    def documented(self) -> DocumentedAnswers:
        """What it says of itself."""
        return DocumentedAnswers(self.url)

    def sql(self, statement: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """Do to its database what no request can."""
        assert self._settings.database_url is not None
        with psycopg.connect(self._settings.database_url.reveal()) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def client(self, token: str) -> httpx.Client:
        """A client with this token."""
        made = super().client(token)
        made.event_hooks = {"response": [self.documented.check]}
        return made


def hurry(monkeypatch: pytest.MonkeyPatch, limits: Limits | None = None) -> None:
    """A Keyroll that starts after this does not pause between two attempts to reach a vendor."""
    monkeypatch.setattr("api.compose.Outbound", partial(Outbound, sleep=_at_once, limits=limits))


async def _at_once(_seconds: float) -> None:
    """No pause."""
