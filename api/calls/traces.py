"""A span for each call, by OpenTelemetry's conventions for generative AI; nothing of the call's content.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from api.calls.observed import CallRecord
from domain.conversation import Protocol
from domain.provider_type import ProviderType
from domain.routing import Route

if TYPE_CHECKING:
    from opentelemetry.context import Context

Attributes = Mapping[str, str | int | bool]

_PROVIDERS: Final = {
    ProviderType.OPENAI: "openai",
    ProviderType.OPENAI_COMPLETIONS: "openai",
    ProviderType.ANTHROPIC: "anthropic",
    ProviderType.GEMINI: "gcp.gemini",
}
_OPERATION: Final = "chat"
_SECOND: Final = 1_000_000_000  # in nanoseconds


class CallTraces:
    """Observes calls that led to a model. Where spans go, and which, is for the process's provider to say.

    Each begins where the call did and is a child of the span that the caller named in ``traceparent``.
    """

    def __init__(self) -> None:
        from opentelemetry import trace  # noqa: PLC0415  # an extra

        self._trace = trace
        self._tracer = trace.get_tracer("keyroll")

    def record(self, call: CallRecord) -> None:
        trace = self._trace
        if call.route is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            return  # the latter: nobody has said where spans go
        started = int(call.started_at * _SECOND)
        span = self._tracer.start_span(
            f"{_OPERATION} {call.route.model.model_id}",
            context=_parent(call.traceparent),
            kind=trace.SpanKind.CLIENT,
            attributes=attributes_of(call, call.route),
            start_time=started,
        )
        if call.error is not None:
            span.set_status(trace.StatusCode.ERROR)
        span.end(started + int((call.ended - call.started) * _SECOND))


def call_traces() -> tuple[CallTraces, ...]:
    """What makes spans, if the extra ``otel`` is installed."""
    return (CallTraces(),) if find_spec("opentelemetry") else ()


def attributes_of(call: CallRecord, route: Route) -> Attributes:
    """What a span says of a call. What is not known is left out."""
    usage = call.usage
    said: dict[str, str | int | bool | None] = {
        "gen_ai.operation.name": _OPERATION,
        "gen_ai.provider.name": _PROVIDERS.get(route.provider.provider_type),
        "gen_ai.request.model": route.model.model_id,
        "gen_ai.request.stream": call.stream or None,
        "gen_ai.usage.input_tokens": usage.input,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_input,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
        "openai.api.type": "chat_completions" if call.protocol is Protocol.CHAT else "responses",
        "error.type": call.error,
        "http.response.status_code": call.status or None,
        "keyroll.model.id": str(route.model.id),
        "keyroll.provider.name": route.provider.name,
        "keyroll.token.name": None if call.bearer is None else call.bearer.name,
        "keyroll.request.id": call.request_id,
        "keyroll.attempts": call.attempts,
    }
    return {name: value for name, value in said.items() if value is not None}


def _parent(traceparent: bytes | None) -> "Context | None":
    """https://www.w3.org/TR/trace-context/#traceparent-header; None: the process's own context."""
    if traceparent is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415  # an extra
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent.decode("latin-1")})
