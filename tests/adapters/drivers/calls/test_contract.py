"""The rules that every driver of a protocol keeps, each against every case of every driver's table."""

import json
from itertools import pairwise
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.call import Broke, Ended, Inexpressible
from domain.secret import Secret
from tests.adapters.drivers.calls import chat_cases, contract, generate_cases, messages_cases, responses_cases
from tests.adapters.drivers.calls.contract import KEY, Answer, Failure, Request, Table

TABLES: dict[str, Table] = {
    "chat": chat_cases.TABLE,
    "messages": messages_cases.TABLE,
    "generate_content": generate_cases.TABLE,
    "responses": responses_cases.TABLE,
}

Case = TypeVar("Case")


def _every(kind: str, *, that_has: str | None = None) -> pytest.MarkDecorator:
    """Each case of a kind, or those of them for which something is stated."""
    cases = [
        pytest.param(table, case, id=f"{driver}: {name}")
        for driver, table in TABLES.items()
        for name, case in getattr(table, kind).items()
        if that_has is None or getattr(case, that_has) is not None
    ]
    return pytest.mark.parametrize(("table", "case"), cases)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_driver_shows_every_case_or_says_why_its_protocol_lacks_it(table: Table) -> None:
    shown = {f"answers: {name}" for name in table.answers}
    shown |= {f"requests: {name}" for name in table.requests}
    shown |= {f"failures: {name}" for name in table.failures}
    asked = {f"answers: {name}" for name in contract.ANSWERS}
    asked |= {f"requests: {name}" for name in contract.REQUESTS}
    asked |= {f"failures: {name}" for name in contract.FAILURES}

    assert asked - shown - set(table.lacks) == set()
    assert set(table.lacks) <= asked - shown
    assert all(table.lacks.values())


@_every("answers")
def test_a_stream_becomes_its_events(table: Table, case: Answer) -> None:
    assert contract.read(table.driver.events(), [case.stream]) == list(case.events)
    assert contract.ends_once(list(case.events))


@_every("answers")
def test_events_come_in_the_order_that_encoders_rely_on(table: Table, case: Answer) -> None:
    contract.check_order(list(case.events))
    if case.whole is not None:
        contract.check_order(table.driver.whole(case.whole))


@_every("answers", that_has="whole")
def test_an_answer_in_one_piece_becomes_the_events_of_its_stream(table: Table, case: Answer) -> None:
    assert contract.joined(table.driver.whole(case.whole or b"")) == contract.joined(case.events)


@_every("answers")
def test_a_stream_cut_in_two_at_any_byte_becomes_the_same_events(table: Table, case: Answer) -> None:
    for at in range(len(case.stream) + 1):
        pieces = [case.stream[:at], case.stream[at:]]
        assert contract.read(table.driver.events(), pieces) == list(case.events), at


@_every("answers")
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_stream_in_any_pieces_becomes_the_same_events(
    table: Table, case: Answer, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(case.stream)), max_size=40).map(sorted))
    pieces = [case.stream[start:end] for start, end in pairwise([0, *cuts, len(case.stream)])]
    assert contract.read(table.driver.events(), pieces) == list(case.events)


@_every("answers")
@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_a_stream_with_other_line_ends_becomes_the_same_events(
    table: Table, case: Answer, line_end: bytes
) -> None:
    stream = case.stream.replace(b"\n", line_end)
    assert contract.read(table.driver.events(), [b"\xef\xbb\xbf: hello", line_end, stream]) == list(
        case.events
    )


@_every("answers")
def test_a_stream_that_stops_at_any_byte_ends_once_and_never_tells_what_did_not_come(
    table: Table, case: Answer
) -> None:
    for at in range(len(case.stream) + 1):
        events = contract.read(table.driver.events(), [case.stream[:at]])
        assert contract.ends_once(events), at
        *told, last = events
        if isinstance(last, Broke) and last != case.events[-1]:
            assert last.kind == "cut_off", at
        else:
            assert isinstance(last, type(case.events[-1])), at
        if isinstance(last, Ended) and isinstance(case.events[-1], Ended):
            assert last.reason is case.events[-1].reason
        assert told == list(case.events[: len(told)]), at


@_every("answers")
def test_what_comes_after_the_end_is_passed_over(table: Table, case: Answer) -> None:
    reader = table.driver.events()
    before = contract.read(reader, [case.stream])
    assert before
    assert contract.read(reader, [case.stream, b"data: {\n\n"]) == []


@_every("answers")
def test_an_event_of_another_form_than_documented_raises_nothing_and_ends_the_answer_once(
    table: Table, case: Answer
) -> None:
    blocks = case.stream.split(b"\n\n")
    for index, block in enumerate(blocks):
        head, found, text = block.rpartition(b"data: ")
        if not found or not text.startswith(b"{"):
            continue
        for odd in contract.odd_variants(json.loads(text)):
            changed = head + found + json.dumps(odd).encode()
            stream = b"\n\n".join([*blocks[:index], changed, *blocks[index + 1 :]])
            assert contract.ends_once(contract.read(table.driver.events(), [stream])), changed


@_every("answers", that_has="whole")
def test_a_whole_answer_of_another_form_than_documented_raises_nothing_and_ends_once(
    table: Table, case: Answer
) -> None:
    for odd in contract.odd_variants(json.loads(case.whole or b"{}")):
        assert contract.ends_once(table.driver.whole(json.dumps(odd).encode())), odd


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@settings(max_examples=50, deadline=None)
@given(noise=st.binary(max_size=200))
def test_noise_raises_nothing_and_ends_once(table: Table, noise: bytes) -> None:
    for stream in (noise, b"data: " + noise + b"\n\n", b'data: {"a":"' + noise + b'"}\n\n'):
        assert contract.ends_once(contract.read(table.driver.events(), [stream]))
    assert contract.ends_once(table.driver.whole(noise))
    assert isinstance(table.driver.failure(500, {}, noise), Broke)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_stream_of_garbage_is_told_as_malformed_and_an_empty_one_as_cut_off(table: Table) -> None:
    garbage = contract.read(table.driver.events(), [b"data: {]\n\n"])
    nothing = contract.read(table.driver.events(), [])
    kinds = [events[-1].kind for events in (garbage, nothing) if isinstance(events[-1], Broke)]
    assert kinds == ["malformed", "cut_off"]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("field", ["", '{"error":', '{"response":', '{"invented":'])
def test_what_is_nested_without_end_is_malformed(table: Table, field: str) -> None:
    deep = field.encode() + b'{"error":' * 100_000
    for events in (
        contract.read(table.driver.events(), [b"data: " + deep + b"\n\n"]),
        table.driver.whole(deep),
    ):
        assert [event.kind for event in events if isinstance(event, Broke)] == ["malformed"]
    assert isinstance(table.driver.failure(500, {}, deep), Broke)


@_every("requests", that_has="body")
def test_a_call_becomes_the_vendors_request(table: Table, case: Request) -> None:
    request = table.driver.request(case.call, case.model, KEY, table.base_url)
    assert json.loads(request.body) == case.body
    assert request.stream is case.call.stream
    assert request.method == "POST"
    assert {name: request.headers.get(name) for name in case.headers} == dict(case.headers)


@_every("requests", that_has="refused")
def test_what_the_protocol_cannot_say_is_refused_by_name(table: Table, case: Request) -> None:
    with pytest.raises(Inexpressible) as caught:
        table.driver.request(case.call, case.model, KEY, table.base_url)
    assert caught.value.field == case.refused
    assert caught.value.reason


@_every("requests", that_has="body")
def test_the_key_is_in_a_header_that_masks_it_and_nowhere_else(table: Table, case: Request) -> None:
    request = table.driver.request(case.call, case.model, KEY, table.base_url)
    hidden = [value for value in request.headers.values() if isinstance(value, Secret)]
    assert [KEY.reveal() in value.reveal() for value in hidden] == [True]
    assert KEY.reveal() not in repr(request)
    assert KEY.reveal().encode() not in request.body
    without = table.driver.request(case.call, case.model, None, table.base_url)
    assert not [value for value in without.headers.values() if isinstance(value, Secret)]


@_every("failures")
def test_an_error_answer_has_its_kind_its_status_and_the_vendors_words(table: Table, case: Failure) -> None:
    broke = table.driver.failure(case.status, {}, case.body)
    assert (broke.kind, broke.status) == (case.kind, case.fitting)
    assert str(case.status) in broke.message


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("quoted", [KEY.reveal(), "my-odd-secret-that-looks-like-no-key"])
def test_no_error_holds_a_key_that_the_vendor_quotes(table: Table, quoted: str) -> None:
    secrets = [KEY, Secret("my-odd-secret-that-looks-like-no-key")]
    broken = table.answers["broken off by the vendor"]
    said = next(event.message for event in broken.events if isinstance(event, Broke))
    words = said.rpartition(": ")[2].encode()
    assert words in broken.stream  # or nothing below would be replaced
    stream = broken.stream.replace(words, f"bad key {quoted}".encode())
    failure = table.failures["bad key"]
    body = json.dumps({"error": {"message": f"bad key {quoted}"}}).encode()

    told = [
        contract.read(table.driver.events(secrets), [stream])[-1],
        table.driver.failure(failure.status, {}, body, secrets),
        *table.driver.whole(body, secrets),
    ]
    for broke in told:
        assert isinstance(broke, Broke)
        assert quoted not in broke.message
        assert "bad key [redacted]" in broke.message
