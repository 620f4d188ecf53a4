"""What the simulator says to a call: a plan of events that follows from the call alone."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from adapters.drivers.calls.plain_schema import Unsayable
from adapters.drivers.calls.simulator_models import Simulated
from adapters.drivers.calls.simulator_read import last_words, read_tokens, results, uses_so_far
from adapters.drivers.calls.simulator_schema import example
from adapters.drivers.calls.simulator_thoughts import signature_of, thinks
from domain.call import (
    ArgumentsCame,
    Call,
    CallEvent,
    Ended,
    Inexpressible,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from domain.conversation import Protocol, Tool

_NOTHING_SAID: Final = "Say something, and I repeat it."
_DECLINED: Final = "I would rather not."
_PIECES: Final = re.compile(r"\s*\S+|\s+\Z")
_OF_JSON: Final = re.compile(r".{1,8}", re.DOTALL)


def turn(call: Call, one: Simulated) -> list[CallEvent]:
    """The events of an answer, but for the first, which says that it begins.

    Raises:
        Inexpressible: a schema asks for what the simulator cannot make up, or a tool is not there.
    """
    telling = _Telling(call.max_output_tokens)
    tools = _called(call, one)
    if thinks(call.thinking, one):
        telling.think(_thoughts(call, tools), call.thinking.budget if call.thinking else None)
    reason, stopped_by = StopReason.END, None
    if tools:
        reason = StopReason.TOOL_USE
        for index, (tool, place) in enumerate(tools):
            arguments = _made_up(tool.parameters, last_words(call), f"tools[{place}].parameters")
            telling.use(index, f"call_sim_{uses_so_far(call) + index + 1}", tool.name, arguments)
    elif one.declines:
        reason = StopReason.REFUSAL
        telling.refuse(_DECLINED)
    else:
        text, stopped_by = _until_a_stop(_text(call, one), call.stop)
        reason = StopReason.END if stopped_by is None else StopReason.STOP_SEQUENCE
        telling.say(text)
    telling.end(reason, stopped_by, read_tokens(call))
    return telling.events


class _Telling:
    """An answer in pieces of one token each: a word, or a few characters of JSON.

    Args:
        most: how many tokens it may have; None: as many as it takes.
    """

    def __init__(self, most: int | None) -> None:
        self.events: list[CallEvent] = []
        self._left = sys.maxsize if most is None else most
        self._told = 0
        self._thought = 0
        self._cut = False

    def think(self, text: str, most: int | None) -> None:
        pieces = self._fitting(_PIECES.findall(text)[:most])
        self._thought = len(pieces)
        self.events += [ReasoningCame(0, piece) for piece in pieces]
        whole = "".join(pieces)
        self.events.append(ReasoningEnded(0, whole, Protocol.SIMULATOR, signature_of(whole)))

    def say(self, text: str) -> None:
        self.events += map(TextCame, self._fitting(_PIECES.findall(text)))

    def refuse(self, text: str) -> None:
        self.events += map(RefusalCame, self._fitting(_PIECES.findall(text)))

    def use(self, index: int, identity: str, name: str, arguments: str) -> None:
        if not self._cut:
            self.events.append(ToolUseBegan(index, identity, name))
            pieces = self._fitting(_OF_JSON.findall(arguments))
            self.events += [ArgumentsCame(index, piece) for piece in pieces]

    def end(self, reason: StopReason, stopped_by: str | None, read: int) -> None:
        usage = Usage(read, self._told, cached_input=0, reasoning=self._thought)
        if self._cut:
            reason, stopped_by = StopReason.LENGTH, None
        self.events.append(Ended(reason, usage, stopped_by))

    def _fitting(self, pieces: Sequence[str]) -> Sequence[str]:
        fitting = pieces[: self._left]
        self._cut = self._cut or len(fitting) < len(pieces)
        self._left -= len(fitting)
        self._told += len(fitting)
        return fitting


def _called(call: Call, one: Simulated) -> list[tuple[Tool, int]]:
    """The tools that it asks for, and their places among those of the call."""
    choice = call.tool_choice
    tools = [(tool, place) for place, tool in enumerate(call.tools)]
    mode = "auto" if choice is None else choice.mode
    if mode == "named" and choice is not None:
        chosen = [(tool, place) for tool, place in tools if tool.name == choice.name]
        if not chosen:
            raise Inexpressible("tool_choice", "it names a tool that is not among the tools")
        return chosen
    free = mode == "auto" and one.uses_tools and not results(call)
    if not tools or not (free or mode == "required"):
        return []
    words = last_words(call)
    named = [(tool, place) for tool, place in tools if tool.name in words] or tools[:1]
    return named[:1] if call.parallel_tool_calls is False else named


def _thoughts(call: Call, tools: Sequence[tuple[Tool, int]]) -> str:
    names = " and ".join(tool.name for tool, _ in tools)
    if names:
        then = f"I shall ask {names}."
    elif results(call):
        then = "I know now what was to be found out."
    else:
        then = "I can answer at once."
    return f"I am asked: {last_words(call) or 'nothing'} {then}"


def _text(call: Call, one: Simulated) -> str:
    found = results(call)
    words = "\n".join(found) if found else last_words(call)
    if call.output_format is not None:
        schema = call.output_format.schema
        if schema is None:
            return json.dumps({"answer": words}, ensure_ascii=False)
        return _made_up(schema, words, "output_format.schema")
    if one.counts_to:
        return " ".join(map(str, range(1, one.counts_to + 1)))
    return words or _NOTHING_SAID


def _made_up(schema: Any, words: str, field: str) -> str:
    try:
        return json.dumps(example(schema, words), ensure_ascii=False)
    except Unsayable as error:
        raise Inexpressible(field, f"the simulator can make up no value for {error}") from None


def _until_a_stop(text: str, stops: Sequence[str]) -> tuple[str, str | None]:
    """The text up to the first of the words that end it, and that word."""
    found = min(_places(text, stops), default=None)
    return (text, None) if found is None else (text[: found[0]], found[1])


def _places(text: str, stops: Sequence[str]) -> Iterator[tuple[int, str]]:
    for stop in stops:
        if stop and (place := text.find(stop)) >= 0:
            yield place, stop
