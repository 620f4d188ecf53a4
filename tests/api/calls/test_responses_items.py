"""The items of answers as Responses gives them: which events in which order, and what they hold."""

from itertools import pairwise

from api.calls.responses_reasoning import CallSignature, opened
from domain.call import (
    ArgumentsCame,
    Ended,
    ReasoningCame,
    ReasoningEnded,
    RefusalCame,
    StopReason,
    TextCame,
    ToolUseBegan,
)
from domain.conversation import Protocol, Reasoning
from tests.api.calls.responses_written import BEGAN, END, USAGE, kinds, streamed, whole


def test_a_text_is_told_in_the_documented_order() -> None:
    documents = streamed(BEGAN, TextCame("Hel"), TextCame("lo"), END)
    assert kinds(documents) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    part = {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
    message = {
        "id": "msg_700",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    assert documents[2]["item"] == message | {"status": "in_progress", "content": []}
    assert documents[3]["part"] == part | {"text": ""}
    assert [document["delta"] for document in documents[4:6]] == ["Hel", "lo"]
    assert documents[6]["text"] == "Hello"
    assert documents[7]["part"] == part
    assert documents[8]["item"] == message
    assert {document.get("output_index", 0) for document in documents} == {0}
    assert {document["item_id"] for document in documents if "item_id" in document} == {"msg_700"}
    assert documents[-1]["response"]["output"] == [message]


def test_a_refusal_is_a_part_of_its_own() -> None:
    refused = Ended(StopReason.REFUSAL, USAGE)
    documents = streamed(BEGAN, TextCame("Hm."), RefusalCame("I can"), RefusalCame("not."), refused)
    assert kinds(documents)[5:] == [
        "output_text.done",
        "content_part.done",
        "content_part.added",
        "refusal.delta",
        "refusal.delta",
        "refusal.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [document["content_index"] for document in documents[3:12]] == [0] * 4 + [1] * 5
    [message] = documents[-1]["response"]["output"]
    assert message["content"][1] == {"type": "refusal", "refusal": "I cannot."}


def test_calls_are_told_one_after_the_other_and_done_before_the_next_begins() -> None:
    documents = streamed(
        BEGAN,
        TextCame("Both."),
        ToolUseBegan(0, "call_a", "weather"),
        ArgumentsCame(0, '{"city":'),
        ArgumentsCame(0, '"Oslo"}'),
        ToolUseBegan(1, "call_b", "now"),
        Ended(StopReason.TOOL_USE, USAGE),
    )
    assert kinds(documents)[5:] == [
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    _, first, second = documents[-1]["response"]["output"]
    assert first == {
        "id": "fc_701",
        "type": "function_call",
        "status": "completed",
        "call_id": "call_a",
        "name": "weather",
        "arguments": '{"city":"Oslo"}',
    }
    # A tool without parameters is called with none, and clients read the arguments as JSON.
    assert (second["name"], second["arguments"]) == ("now", "{}")


def test_pieces_of_several_calls_and_thoughts_may_be_mixed() -> None:
    documents = streamed(
        BEGAN,
        ReasoningCame(0, "Hm"),
        ToolUseBegan(0, "call_a", "weather"),
        ToolUseBegan(1, "call_b", "weather"),
        ArgumentsCame(1, "{}"),
        ArgumentsCame(0, '{"city":"Oslo"}'),
        ReasoningCame(0, "."),
        ReasoningEnded(0, "Hm.", Protocol.CHAT),
        TextCame("So."),
        ArgumentsCame(0, "\n"),
        Ended(StopReason.TOOL_USE, USAGE),
    )
    thoughts, first, second, words = documents[-1]["response"]["output"]
    assert thoughts["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert (first["arguments"], second["arguments"]) == ('{"city":"Oslo"}', "{}")
    assert words["content"][0]["text"] == "So."
    done = [document["output_index"] for document in documents if document["type"].endswith("item.done")]
    assert sorted(done) == [0, 1, 2, 3]


def test_words_after_a_call_are_a_message_of_their_own() -> None:
    answer = whole(
        BEGAN,
        TextCame("Before."),
        ToolUseBegan(0, "call_a", "now"),
        ArgumentsCame(0, "{}"),
        TextCame("After."),
        END,
    )
    assert [item["type"] for item in answer["output"]] == ["message", "function_call", "message"]


def test_thoughts_are_a_summary_and_what_their_vendor_wants_back() -> None:
    ended = ReasoningEnded(0, "It asks for Oslo.", Protocol.MESSAGES, "c2ln")
    documents = streamed(
        BEGAN, ReasoningCame(0, "It asks "), ReasoningCame(0, "for Oslo."), ended, TextCame("So."), END
    )
    assert kinds(documents)[2:9] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    [thoughts, _] = documents[-1]["response"]["output"]
    assert thoughts["summary"] == [{"type": "summary_text", "text": "It asks for Oslo."}]
    assert opened(thoughts["encrypted_content"]) == Reasoning("It asks for Oslo.", Protocol.MESSAGES, "c2ln")


def test_thoughts_that_came_in_no_pieces_are_told_at_their_end_and_hidden_ones_are_not_shown() -> None:
    documents = streamed(
        BEGAN,
        ReasoningEnded(0, "Hm.", Protocol.CHAT),
        ReasoningEnded(1, "", Protocol.MESSAGES, "c2ln", redacted=True),
        END,
    )
    shown, hidden = documents[-1]["response"]["output"]
    assert shown["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert hidden["summary"] == []
    assert opened(hidden["encrypted_content"]) == Reasoning("", Protocol.MESSAGES, "c2ln", redacted=True)


def test_a_calls_signature_goes_out_as_thoughts_before_it() -> None:
    answer = whole(BEGAN, ToolUseBegan(0, "call_a", "now", "c2ln"), Ended(StopReason.TOOL_USE, USAGE))
    thought, call = answer["output"]
    assert (thought["type"], thought["summary"], call["type"]) == ("reasoning", [], "function_call")
    assert opened(thought["encrypted_content"]) == CallSignature("call_a", "c2ln")


def test_ids_of_items_differ() -> None:
    answer = whole(BEGAN, *(ToolUseBegan(index, f"call_{index}", "now") for index in range(20)), END)
    ids = sorted(item["id"] for item in answer["output"])
    assert all(one != other for one, other in pairwise(ids))
