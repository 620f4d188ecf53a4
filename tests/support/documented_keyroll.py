"""A Keyroll on a real socket whose every answer is held to its own description."""

from functools import cached_property, partial

import httpx
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
