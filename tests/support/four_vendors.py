"""The four vendors as providers of a running Keyroll, saying what their drivers' tables of cases document."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.call import ArgumentsCame, CallEvent, Ended, ReasoningCame, TextCame, Usage
from tests.adapters.drivers.calls import chat_cases, generate_cases, messages_cases, responses_cases
from tests.adapters.drivers.calls.contract import Table
from tests.support.call_vendors import Said, said_events


@dataclass(frozen=True)
class OneVendor:
    """One of the four.

    Attributes:
        provider_type: what a provider of it is.
        table: what its driver's cases say.
        path: under which its API is served.
        key_header: in which its key goes.
        signs: whether it wants its thoughts back with the signature that came with them.
        unsaid: what a caller of Chat Completions can say, and nobody to this vendor.
    """

    provider_type: str
    table: Table
    path: str
    key_header: str
    signs: bool = True
    unsaid: Mapping[str, Any] = field(default_factory=dict)

    def whole(self, name: str) -> Said:
        """A case's answer in one piece."""
        body = self.table.answers[name].whole
        assert body is not None
        return Said([body], headers={"content-type": "application/json"})

    def stream(self, name: str) -> Said:
        """A case's answer as a stream."""
        return said_events(self.table.answers[name].stream)

    def halting_stream(self, name: str, go_on: threading.Event) -> Said:
        """The same, whose last event waits."""
        *before, last, _ = self.table.answers[name].stream.split(b"\n\n")
        return said_events(*(event + b"\n\n" for event in before), go_on, last + b"\n\n")

    def failure(self, name: str) -> Said:
        """A case's error answer."""
        failure = self.table.failures[name]
        return Said([failure.body], failure.status, {"content-type": "application/json"})

    def told(self, name: str) -> "Told":
        """What a caller must get to hear of a case."""
        return Told(self.table.answers[name].events)


@dataclass(frozen=True)
class Told:
    """What an answer says, whoever says it."""

    events: tuple[CallEvent, ...]

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(event.text for event in self.events if isinstance(event, TextCame))

    @property
    def thoughts(self) -> str:
        """Its thoughts."""
        return "".join(event.text for event in self.events if isinstance(event, ReasoningCame))

    @property
    def arguments(self) -> list[str]:
        """The arguments of its calls of tools."""
        texts: dict[int, str] = {}
        for event in self.events:
            if isinstance(event, ArgumentsCame):
                texts[event.index] = texts.get(event.index, "") + event.text
        return list(texts.values())

    @property
    def usage(self) -> Usage:
        """What it took."""
        end = self.events[-1]
        assert isinstance(end, Ended)
        return end.usage


FOUR = {
    "openai": OneVendor("openai", responses_cases.TABLE, "/v1", "authorization", unsaid={"seed": 7}),
    "compatible": OneVendor("openai_completions", chat_cases.TABLE, "/v1", "authorization", signs=False),
    "anthropic": OneVendor("anthropic", messages_cases.TABLE, "", "x-api-key", unsaid={"seed": 7}),
    "gemini": OneVendor("gemini", generate_cases.TABLE, "/v1beta", "x-goog-api-key", unsaid={"user": "ada"}),
}
