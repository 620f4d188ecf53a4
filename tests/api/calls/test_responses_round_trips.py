"""What Responses can express comes through the neutral form unchanged, there and back."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.drivers.calls.driver import CallModel
from adapters.drivers.calls.responses import ResponsesDriver
from api.calls import responses
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
from domain.conversation import Image, Message, Part, Protocol, Reasoning, ToolUse
from tests.adapters.drivers.calls.contract import joined, read
from tests.api.calls.chat_strategies import calls

DRIVER = ResponsesDriver()
MODEL = CallModel("m-1")
HEAD = responses.ResponseHead("resp_1", "m-1", 1)
BASE_URL = "https://llm.example/v1"

_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)


@st.composite
def _calls(draw: st.DrawFn) -> Call:
    """Calls without what Responses has no field for, and with thoughts that are its own."""

    def own(part: Part) -> Part:
        match part:
            case Reasoning():
                signature, id_ = draw(st.none() | _words), draw(st.none() | _words)
                return Reasoning(part.text, Protocol.RESPONSES, signature, id=id_)
            case ToolUse():
                return replace(part, signature=None)
            case Image():
                return replace(part, detail=part.detail or "auto")
        return part

    call = draw(calls)
    messages = [Message(message.role, tuple(map(own, message.parts))) for message in call.messages]
    return replace(
        call,
        messages=tuple(message for message in messages if message.parts),
        tools=tuple(replace(tool, strict=bool(tool.strict)) for tool in call.tools),
        stop=(),
        seed=None,
    )


@settings(max_examples=200, deadline=None)
@given(_calls())
def test_a_call_that_goes_out_is_read_as_the_same_call(call: Call) -> None:
    request = DRIVER.request(call, MODEL, None, BASE_URL)
    decoded = responses.decode(request.body)
    assert decoded.call == call
    assert decoded.model == "m-1"
    assert DRIVER.request(decoded.call, MODEL, None, BASE_URL).body == request.body


@st.composite
def _answers(draw: st.DrawFn) -> list[CallEvent]:
    """Items in any order, and an end that fits them."""
    events: list[CallEvent] = [Began(HEAD.id, "m-2")]
    made = blocks = refusals = 0
    for kind in draw(st.lists(st.sampled_from(["words", "refusal", "thoughts", "call"]), max_size=6)):
        pieces = draw(st.lists(_words, min_size=1, max_size=3))
        if kind == "words":
            events += [TextCame(text) for text in pieces]
        elif kind == "refusal":
            refusals += 1
            events += [RefusalCame(text) for text in pieces]
        elif kind == "thoughts":
            shown = draw(st.booleans())
            events += [ReasoningCame(blocks, text) for text in pieces if shown]
            whole = "".join(pieces) if shown else ""
            signature = draw(_words)
            id_ = f"rs_1{_items(events):02x}"
            events.append(ReasoningEnded(blocks, whole, Protocol.RESPONSES, signature, id=id_))
            blocks += 1
        else:
            events.append(ToolUseBegan(made, f"call_{made}", draw(_words)))
            events += [ArgumentsCame(made, text) for text in ('{"a":', '"b"}')]
            made += 1
    usage = Usage(*(draw(st.integers(0, 9)) for _ in range(5)))
    reason = StopReason.TOOL_USE if made else StopReason.END
    cut = draw(st.none() | st.sampled_from([StopReason.LENGTH, StopReason.CONTENT_FILTER]))
    return [*events, Ended(cut or (StopReason.REFUSAL if refusals else reason), usage)]


def _items(events: list[CallEvent]) -> int:
    """How many items the events before a block's end make, without the block itself."""
    count = 0
    was_words = False
    for event in events:
        words = isinstance(event, TextCame | RefusalCame)
        count += isinstance(event, ToolUseBegan | ReasoningEnded) or (words and not was_words)
        was_words = words
    return count


@settings(max_examples=200, deadline=None)
@given(_answers())
def test_an_answer_that_is_given_out_is_read_as_the_same_answer(events: list[CallEvent]) -> None:
    encoder = responses.ResponsesStream(HEAD, {})
    assert read(DRIVER.events(), [encoder.feed(event) for event in events]) == events
    assert joined(DRIVER.whole(responses.whole(events, HEAD, {}))) == joined(events)
