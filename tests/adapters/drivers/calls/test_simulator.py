"""What the simulator says: it follows from the call and the model's name alone."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.simulator import Simulator
from adapters.drivers.calls.simulator_models import SIMULATED, simulated
from adapters.drivers.calls.simulator_read import TOKENS_OF_AN_IMAGE
from adapters.drivers.simulator import SimulatorListing
from adapters.outbound.failure import OutboundError, OutboundFailure
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    Call,
    CallEvent,
    Ended,
    Inexpressible,
    OutputFormat,
    ReasoningCame,
    ReasoningEnded,
    StopReason,
    TextCame,
    Thinking,
    ToolUseBegan,
)
from domain.conversation import (
    Image,
    Message,
    Protocol,
    Reasoning,
    Refusal,
    Role,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from domain.secret import Secret

CITY = Tool("weather", None, {"type": "object", "properties": {"city": {"type": "string"}}})
TIME = Tool("time", None, {"type": "object"})


def _said(*texts: str) -> tuple[Message, ...]:
    return tuple(Message(Role.USER, (Text(text),)) for text in texts)


def _answer(
    model_id: str, attempt: int = 1, *, waits: list[float] | None = None, **asked: Any
) -> list[CallEvent]:
    """All events of an answer; a wait takes no time."""
    call = Call(**{"messages": _said("Hello, world"), **asked})

    async def note(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    async def read() -> list[CallEvent]:
        return [event async for event in Simulator(note).answer(call, CallModel(model_id), attempt)]

    return asyncio.run(read())


def _text(events: list[CallEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextCame))


def _ended(events: list[CallEvent]) -> Ended:
    last = events[-1]
    assert isinstance(last, Ended)
    return last


def _called(events: list[CallEvent]) -> list[str]:
    return [event.name for event in events if isinstance(event, ToolUseBegan)]


MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from(Role),
        st.lists(
            st.builds(Text, st.text(max_size=20))
            | st.builds(Refusal, st.text(max_size=9))
            | st.builds(Image, st.none() | st.just("https://example.com/cat.png"))
            | st.builds(Reasoning, st.text(max_size=9), st.sampled_from(list(Protocol)[:4]))
            | st.just(ToolUse("a", "weather", "{}"))
            | st.builds(ToolResult, st.just("a"), st.just("weather"), st.just((Text("18"), Image()))),
            max_size=3,
        ).map(tuple),
    ),
    max_size=4,
).map(tuple)


@given(
    model_id=st.sampled_from([one.model_id for one in SIMULATED if not (one.status or one.breaks_off)]),
    messages=MESSAGES,
    tools=st.sampled_from([(), (CITY,), (CITY, TIME)]),
    mode=st.sampled_from([None, "auto", "none", "required"]),
    most=st.none() | st.integers(1, 30),
    thinking=st.none() | st.builds(Thinking, budget=st.none() | st.integers(0, 9)),
    stop=st.sampled_from([(), ("", "o"), ("5",)]),
)
def test_every_answer_begins_once_ends_once_and_counts_what_it_told(
    model_id: str, mode: Any, most: int | None, **asked: Any
) -> None:
    choice = None if mode is None else ToolChoice(mode)
    events = _answer(model_id, tool_choice=choice, max_output_tokens=most, **asked)
    assert [type(event) for event in events].count(Began) == 1
    assert isinstance(events[0], Began)
    assert [isinstance(event, Ended | Broke) for event in events].index(True) == len(events) - 1
    pieces = [event for event in events if hasattr(event, "text") and not isinstance(event, ReasoningEnded)]
    thoughts = [event for event in events if isinstance(event, ReasoningCame)]
    usage = _ended(events).usage
    assert (usage.output, usage.reasoning) == (len(pieces), len(thoughts))
    assert most is None or len(pieces) <= most
    assert events == _answer(model_id, tool_choice=choice, max_output_tokens=most, **asked)


@given(st.text())
def test_an_echo_loses_no_character(text: str) -> None:
    told = _text(_answer("sim-echo", messages=_said(text)))
    assert told == (text or "Say something, and I repeat it.")


def test_a_model_of_any_other_name_is_an_echo() -> None:
    assert _text(_answer("of-my-own")) == "Hello, world"


def test_an_answer_stops_at_the_most_tokens_and_at_the_first_stop() -> None:
    cut = _answer("sim-long", max_output_tokens=3)
    assert (_text(cut), _ended(cut).reason) == ("1 2 3", StopReason.LENGTH)
    whole = _answer("sim-echo", max_output_tokens=2)
    assert (_text(whole), _ended(whole).reason) == ("Hello, world", StopReason.END)
    stopped = _answer("sim-long", stop=("7", "5"))
    assert _text(stopped) == "1 2 3 4 "
    assert (_ended(stopped).reason, _ended(stopped).stop_sequence) == (StopReason.STOP_SEQUENCE, "5")


def test_tools_are_called_as_the_choice_says() -> None:
    tools = (CITY, TIME)
    for model_id, choice, names in (
        ("sim-tools", None, ["weather"]),
        ("sim-tools", ToolChoice("none"), []),
        ("sim-echo", ToolChoice("auto"), []),
        ("sim-echo", ToolChoice("required"), ["weather"]),
        ("sim-echo", ToolChoice("named", "time"), ["time"]),
    ):
        events = _answer(model_id, tools=tools, tool_choice=choice)
        assert _called(events) == names
        assert _ended(events).reason is (StopReason.TOOL_USE if names else StopReason.END)
    with pytest.raises(Inexpressible, match="tool_choice"):
        _answer("sim-echo", tools=tools, tool_choice=ToolChoice("named", "nobody"))


def test_the_tools_that_a_message_names_are_called_in_parallel_unless_that_is_not_wanted() -> None:
    asked: dict[str, Any] = {"tools": (CITY, TIME), "messages": _said("time and weather")}
    assert _called(_answer("sim-tools", **asked)) == ["weather", "time"]
    assert _called(_answer("sim-tools", **asked, parallel_tool_calls=False)) == ["weather"]


def test_a_second_tool_is_not_begun_when_the_first_ones_arguments_are_cut() -> None:
    events = _answer(
        "sim-tools", tools=(CITY, CITY), messages=_said("weather"), max_output_tokens=1, thinking=None
    )
    assert _called(events) == ["weather"]
    assert [event.text for event in events if isinstance(event, ArgumentsCame)] == ['{"city":']
    assert _ended(events).reason is StopReason.LENGTH


def test_results_are_told_one_by_one_and_failures_as_such() -> None:
    answers = (
        Message(Role.TOOL, (ToolResult("a", "weather", (Text("18"), Text("degrees"))),)),
        Message(Role.TOOL, (ToolResult("b", "time", (Image("https://x"),), is_error=True),)),
    )
    events = _answer("sim-tools", tools=(CITY,), messages=(*_said("weather"), *answers))
    assert _text(events) == "weather answered: 18 degrees\ntime failed: [https://x]"
    thought = _answer("sim-thinking", tools=(CITY,), messages=(*_said("weather"), *answers))
    assert any(isinstance(event, ReasoningEnded) and "I know now" in event.text for event in thought)
    assert _ended(events).usage.input == 3 + TOKENS_OF_AN_IMAGE
    assert _called(_answer("sim-tools", tools=(CITY,), messages=(*answers, *_said("weather"))))


def test_thoughts_keep_to_their_budget_and_come_back_as_they_were() -> None:
    events = _answer("sim-echo", thinking=Thinking(budget=2))
    (ended,) = (event for event in events if isinstance(event, ReasoningEnded))
    assert ended.text == "I am"
    back = Reasoning(ended.text, ended.protocol, ended.signature)
    given_back = (Message(Role.ASSISTANT, (back,)), *_said("On"))
    assert _text(_answer("sim-echo", messages=given_back)) == "On"
    altered = Reasoning("I was", ended.protocol, ended.signature)
    with pytest.raises(OutboundError) as refused:
        _answer("sim-echo", messages=(Message(Role.ASSISTANT, (altered,)),))
    assert refused.value.status == 400


def test_a_form_is_kept_to_and_one_that_nothing_fits_is_refused() -> None:
    assert _text(_answer("sim-echo", output_format=OutputFormat())) == '{"answer": "Hello, world"}'
    assert _text(_answer("sim-echo", output_format=OutputFormat({"type": "integer"}))) == "1"
    with pytest.raises(Inexpressible, match=r"output_format\.schema: .*'person'"):
        _answer("sim-echo", output_format=OutputFormat({"type": "person"}))
    wanting = Tool("weather", None, {"type": "string", "pattern": "^a$"})
    with pytest.raises(Inexpressible, match=r"tools\[1\]\.parameters: .*'pattern'"):
        _answer("sim-tools", tools=(TIME, wanting), messages=_said("weather"))


def test_a_slow_model_waits_before_it_begins_and_before_each_piece() -> None:
    waits: list[float] = []
    _answer("sim-slow", waits=waits)
    assert waits == [1.0, 0.1, 0.1, 0.1]


def test_a_refused_attempt_has_the_status_that_the_name_says() -> None:
    for model_id, attempt in (("sim-error-418", 1), ("sim-error-503", 900), ("sim-flaky", 1)):
        with pytest.raises(OutboundError) as refused:
            _answer(model_id, attempt)
        assert refused.value.failure is OutboundFailure.STATUS
        assert refused.value.status == simulated(model_id).status
    assert _text(_answer("sim-flaky", 2)) == "Hello, world"
    with pytest.raises(OutboundError) as broken:
        _answer("sim-cut-off")
    assert broken.value.failure is OutboundFailure.UNREACHABLE


def test_the_listing_names_every_model_and_says_what_is_special_about_it() -> None:
    listing = asyncio.run(SimulatorListing().list_models(Secret("")))
    assert [model.model_id for model in listing.models] == [one.model_id for one in SIMULATED]
    assert len({model.facts.description for model in listing.models}) == len(SIMULATED)
