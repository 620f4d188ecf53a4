"""What Chat Completions can express comes through the neutral form unchanged, there and back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.drivers.calls.chat import ChatDriver
from adapters.drivers.calls.driver import CallModel
from api.calls import chat
from domain.call import (
    ArgumentsCame,
    Began,
    Call,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from domain.conversation import Protocol
from tests.adapters.drivers.calls.contract import joined, read
from tests.api.calls.chat_strategies import calls

DRIVER = ChatDriver()
MODEL = CallModel("m-1")
HEAD = chat.Head("chatcmpl-1", "m-1", 1)


@settings(max_examples=200, deadline=None)
@given(calls)
def test_a_call_that_goes_out_is_read_as_the_same_call(call: Call) -> None:
    request = DRIVER.request(call, MODEL, None, "https://vllm.example/v1")
    decoded = chat.decode(request.body)
    assert decoded.call == call
    assert decoded.model == "m-1"
    assert decoded.include_usage is call.stream
    assert DRIVER.request(decoded.call, MODEL, None, "https://vllm.example/v1").body == request.body


_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
_counts = st.none() | st.integers(0, 10**9)


@st.composite
def _answers(draw: st.DrawFn) -> list[CallEvent]:
    """Thoughts, words, then calls, and an end that fits them."""
    events: list[CallEvent] = [Began("chatcmpl-7", "m-2")]
    if thoughts := draw(st.lists(_words, max_size=3)):
        events += [ReasoningCame(0, text) for text in thoughts]
        events.append(ReasoningEnded(0, "".join(thoughts), Protocol.CHAT))
    events += [TextCame(text) for text in draw(st.lists(_words, max_size=3))]
    refusals = draw(st.lists(_words, max_size=2))
    events += [RefusalCame(text) for text in refusals]
    calls_made = draw(st.integers(0, 3))
    for index in range(calls_made):
        events.append(ToolUseBegan(index, f"call_{index}", draw(_words), draw(st.none() | _words)))
        events += [ArgumentsCame(index, text) for text in draw(st.lists(_words, max_size=3))]
    usage = Usage(draw(st.integers(0, 9)), draw(st.integers(0, 9)), *(draw(_counts) for _ in range(3)))
    reason = draw(st.sampled_from([StopReason.LENGTH, StopReason.CONTENT_FILTER]))
    if refusals:
        reason = StopReason.REFUSAL
    elif calls_made:
        reason = StopReason.TOOL_USE
    return [*events, Ended(reason, usage)]


@settings(max_examples=100, deadline=None)
@given(_answers())
def test_an_answer_that_is_given_out_is_read_as_the_same_answer(events: list[CallEvent]) -> None:
    encoder = chat.ChatStream(HEAD, include_usage=True)
    assert read(DRIVER.events(), [encoder.feed(event) for event in events]) == events
    assert joined(DRIVER.whole(chat.whole(events, HEAD))) == joined(events)
