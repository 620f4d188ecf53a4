"""Spans of calls."""

import sys
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode

from api.calls.traces import CallTraces, installed_provider
from domain.call import Usage
from domain.conversation import Protocol
from domain.provider_type import ProviderType
from tests.support.calls_ended import ended_call, refused_call, route

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_PARENT = "00f067aa0ba902b7"


class _Span(NonRecordingSpan):
    """Keeps what it is told."""

    def __init__(self, name: str, told: dict[str, Any]) -> None:
        super().__init__(trace.INVALID_SPAN_CONTEXT)
        self.name = name
        self.told = told
        self.status: Any = StatusCode.UNSET
        self.ended: int | None = None

    def set_status(self, status: Any, description: str | None = None) -> None:
        assert description is None
        self.status = status

    def end(self, end_time: int | None = None) -> None:
        self.ended = end_time


class _Spans(trace.NoOpTracerProvider, trace.NoOpTracer):
    """A provider that keeps the spans."""

    def __init__(self) -> None:
        self.made: list[_Span] = []

    def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:
        return self

    def start_span(self, *names: Any, **told: Any) -> _Span:
        self.made.append(_Span(names[0], told))
        return self.made[-1]

    @property
    def attributes(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.made[-1].told["attributes"]
        return found


@pytest.fixture
def spans() -> _Spans:
    return _Spans()


@pytest.fixture
def traces(spans: _Spans) -> CallTraces:
    return CallTraces(lambda: spans)


def test_a_span_has_the_attributes_of_the_conventions(spans: _Spans, traces: CallTraces) -> None:
    traces.record(ended_call())
    (span,) = spans.made
    assert (span.name, span.told["kind"], span.status) == ("chat m1", SpanKind.CLIENT, StatusCode.UNSET)
    assert span.told["attributes"] == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m1",
        "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 12,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.usage.cache_creation.input_tokens": 2,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "openai.api.type": "chat_completions",
        "http.response.status_code": 200,
        "keyroll.model.id": str(route().model.id),
        "keyroll.provider.name": "Our box",
        "keyroll.token.name": "ci",
        "keyroll.request.id": "r-1",
        "keyroll.attempts": 1,
    }


def test_a_span_lasts_as_long_as_its_call(spans: _Spans, traces: CallTraces) -> None:
    traces.record(ended_call(started_at=1_795_000_000.0, started=100.0, ended=100.5))
    assert spans.made[0].told["start_time"] == 1_795_000_000_000_000_000
    assert spans.made[0].ended == 1_795_000_000_500_000_000


def test_what_is_not_known_is_left_out(spans: _Spans, traces: CallTraces) -> None:
    traces.record(ended_call(usage=Usage(), stream=False, status=0, protocol=Protocol.RESPONSES))
    assert not {name for name in spans.attributes if "usage" in name or "stream" in name or "status" in name}
    assert spans.attributes["openai.api.type"] == "responses"


@pytest.mark.parametrize(
    ("provider_type", "name"),
    [
        (ProviderType.OPENAI, "openai"),
        (ProviderType.ANTHROPIC, "anthropic"),
        (ProviderType.GEMINI, "gcp.gemini"),
    ],
)
def test_a_vendor_has_the_name_of_the_conventions(
    spans: _Spans, traces: CallTraces, provider_type: ProviderType, name: str
) -> None:
    traces.record(ended_call(route=route(provider_type=provider_type)))
    assert spans.attributes["gen_ai.provider.name"] == name


def test_an_error_is_the_status_of_its_span_and_no_more_than_a_word(
    spans: _Spans, traces: CallTraces
) -> None:
    traces.record(refused_call(error="rate_limited", status=429))
    assert spans.made[0].status is StatusCode.ERROR
    assert spans.attributes["error.type"] == "rate_limited"
    assert spans.attributes["http.response.status_code"] == 429


def test_a_span_is_the_child_of_the_one_that_the_caller_names(spans: _Spans, traces: CallTraces) -> None:
    traces.record(ended_call(traceparent=f"00-{_TRACE}-{_PARENT}-01".encode()))
    parent: SpanContext = trace.get_current_span(spans.made[0].told["context"]).get_span_context()
    assert (f"{parent.trace_id:032x}", f"{parent.span_id:016x}") == (_TRACE, _PARENT)
    traces.record(ended_call(traceparent=b"\xff nonsense"))
    assert not trace.get_current_span(spans.made[1].told["context"]).get_span_context().is_valid
    traces.record(ended_call())
    assert spans.made[2].told["context"] is None


def test_a_call_that_led_to_no_model_has_no_span(spans: _Spans, traces: CallTraces) -> None:
    traces.record(refused_call(route=None))
    assert spans.made == []


def test_without_a_provider_of_tracers_there_are_no_spans(
    spans: _Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    assert installed_provider() is None
    CallTraces().record(ended_call())
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", spans)
    CallTraces().record(ended_call())
    assert len(spans.made) == 1
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    CallTraces().record(ended_call())
    assert len(spans.made) == 1
