"""OpenAI's official client reads what is written as Responses, and what it sends is understood."""

from collections.abc import Callable, Sequence
from typing import Any

import httpx2  # what the official client speaks HTTP with
import pytest
from openai import OpenAI
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseReasoningItem
from pydantic import BaseModel

from api.calls import responses
from api.calls.decoded import BadCall
from domain.call import (
    ArgumentsCame,
    Began,
    Broke,
    Call,
    CallEvent,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    StopReason,
    TextCame,
    ToolUseBegan,
    Usage,
)
from domain.conversation import Message, Protocol, Reasoning, Role, Text, ToolResult, ToolUse

BEGAN = Began("msg_1", "m-1")
END = Ended(StopReason.END, Usage(input=9, output=4, cached_input=6, reasoning=3))
USED = Ended(StopReason.TOOL_USE, Usage(input=9, output=4))
TOOL: Any = {
    "type": "function",
    "name": "weather",
    "description": None,
    "parameters": {"type": "object", "properties": {}},
    "strict": True,
}


class Place(BaseModel):
    city: str


Answer = Callable[[Call], Sequence[CallEvent]]


def client_of(answer: Answer) -> OpenAI:
    """A client whose calls are read and answered by the code under test."""

    def serve(request: httpx2.Request) -> httpx2.Response:
        decoded = responses.decode(request.content)
        events = answer(decoded.call)
        head = responses.ResponseHead("resp_1", decoded.model or "", 1)
        if not decoded.call.stream:
            return httpx2.Response(
                200,
                headers={"content-type": "application/json"},
                content=responses.whole(events, head, decoded.echo),
            )
        writer = responses.ResponsesStream(head, decoded.echo)
        return httpx2.Response(
            200,
            headers={"content-type": "text/event-stream"},
            content=b"".join(writer.feed(event) for event in events),
        )

    transport = httpx2.MockTransport(serve)
    return OpenAI(
        api_key="any", base_url="http://keyroll.example/v1", http_client=httpx2.Client(transport=transport)
    )


def always(*events: CallEvent) -> OpenAI:
    return client_of(lambda _: events)


def test_a_text_is_created_with_the_clients_defaults() -> None:
    answer = always(BEGAN, TextCame("Hello"), END).responses.create(model="m-1", input="Hi")
    assert answer.output_text == "Hello"
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.cached_tokens == 6
    assert answer.usage.output_tokens_details.reasoning_tokens == 3


def test_a_stream_is_read_to_its_final_response() -> None:
    client = always(
        BEGAN,
        ReasoningCame(0, "Hm."),
        ReasoningEnded(0, "Hm.", Protocol.MESSAGES, "c2ln"),
        TextCame("Hel"),
        TextCame("lo"),
        ToolUseBegan(0, "call_a", "weather"),
        ArgumentsCame(0, "{}"),
        USED,
    )
    with client.responses.stream(model="m-1", input="Hi", tools=[TOOL]) as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert snapshots == ["Hel", "Hello"]
    assert [item.type for item in final.output] == ["reasoning", "message", "function_call"]


def test_structured_output_is_parsed_whole_and_streamed() -> None:
    client = always(BEGAN, TextCame('{"city":'), TextCame('"Oslo"}'), END)
    assert client.responses.parse(model="m-1", input="Where?", text_format=Place).output_parsed == Place(
        city="Oslo"
    )
    with client.responses.stream(model="m-1", input="Where?", text_format=Place) as stream:
        assert stream.get_final_response().output_parsed == Place(city="Oslo")


def test_a_loop_of_tool_calls_gives_back_what_came() -> None:
    """The client sends its objects of the first answer back, as the documentation tells applications to."""
    seen: list[Call] = []

    def answer(call: Call) -> Sequence[CallEvent]:
        seen.append(call)
        if call.messages[-1].role is Role.TOOL:
            return (BEGAN, TextCame("Cold."), END)
        return (
            BEGAN,
            ReasoningCame(0, "It asks."),
            ReasoningEnded(0, "It asks.", Protocol.MESSAGES, "c2ln"),
            TextCame("Let me see."),
            ToolUseBegan(0, "call_a", "weather", "dGhpbms="),
            ArgumentsCame(0, "{}"),
            USED,
        )

    client = client_of(answer)
    conversation: list[Any] = [{"role": "user", "content": "How is Oslo?"}]
    first = client.responses.parse(model="m-1", input=conversation, tools=[TOOL])
    assert isinstance(first.output[0], ResponseReasoningItem)
    assert isinstance(first.output[1], ResponseOutputMessage)
    called = first.output[-1]
    assert isinstance(called, ResponseFunctionToolCall)
    conversation += first.output
    conversation.append({"type": "function_call_output", "call_id": called.call_id, "output": "-3"})

    second = client.responses.create(model="m-1", input=conversation, tools=[TOOL])

    assert second.output_text == "Cold."
    assert seen[1].messages == (
        Message(Role.USER, (Text("How is Oslo?"),)),
        Message(
            Role.ASSISTANT,
            (
                Reasoning("It asks.", Protocol.MESSAGES, "c2ln"),
                Text("Let me see."),
                ToolUse("call_a", "weather", "{}", "dGhpbms="),
            ),
        ),
        Message(Role.TOOL, (ToolResult("call_a", "weather", (Text("-3"),)),)),
    )


def test_a_stream_that_breaks_off_is_told_as_failed() -> None:
    client = always(BEGAN, TextCame("Hel"), Broke("cut_off", "it broke off"))
    with client.responses.create(model="m-1", input="Hi", stream=True) as stream:
        *_, last = list(stream)
    assert last.type == "response.failed"
    assert last.response.error is not None
    assert last.response.error.message == "it broke off"


def test_a_call_that_is_not_understood_does_not_pass_for_one_that_is() -> None:
    unknown: Any = [{"type": "web_search_call", "id": "ws_1", "status": "completed"}]
    with pytest.raises(BadCall, match=r"input\[0\].type"):
        always(BEGAN, END).responses.create(model="m-1", input=unknown)
