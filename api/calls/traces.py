"""A span for each call, by OpenTelemetry's conventions for generative AI; nothing of the call's content.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from api.calls.observed import CallRecord
from domain.conversation import Protocol
from domain.provider_type import ProviderType
from domain.routing import Route

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import TracerProvider

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

    Args:
        provider: the process's provider of tracers; None: nobody has said where spans go.
    """

    def __init__(self, provider: "Callable[[], TracerProvider | None] | None" = None) -> None:
        self._provider = provider or installed_provider

    def record(self, call: CallRecord) -> None:
        provider = self._provider()
        if provider is None or call.route is None:
            return
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415  # an extra

        started = int(call.started_at * _SECOND)
        span = provider.get_tracer("keyroll").start_span(
            f"{_OPERATION} {call.route.model.model_id}",
            context=_parent(call.traceparent),
            kind=SpanKind.CLIENT,
            attributes=attributes_of(call, call.route),
            start_time=started,
        )
        if call.error is not None:
            span.set_status(StatusCode.ERROR)
        span.end(started + int((call.ended - call.started) * _SECOND))


def installed_provider() -> "TracerProvider | None":
    """What was set as the process's provider. It is not imported for this: who sets one has done so."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    found: TracerProvider = trace.get_tracer_provider()
    return None if isinstance(found, trace.ProxyTracerProvider) else found


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
