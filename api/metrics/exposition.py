"""Writes metrics in Prometheus's text format. Imported when they are first asked for.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Callable, Iterable
from uuid import UUID

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric

from api.metrics.calls import CallMetrics, CallSeries, SeriesName
from api.metrics.distribution import Distribution
from api.metrics.process import ProcessFacts
from api.metrics.syncs import SyncMetrics

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_NAMES = ("organization", "provider", "model")


def exposition(
    organization: UUID | None, calls: CallMetrics, syncs: SyncMetrics, facts: ProcessFacts | None
) -> bytes:
    """The text for one organization, or for None of all of them; with ``facts``, of the process too."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(lambda: _families(organization, calls, syncs, facts)))
    if facts is not None:
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
    return generate_latest(registry)


class _Families:
    """A collector, as the library wants one."""

    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self.collect = families


def _families(
    organization: UUID | None, calls: CallMetrics, syncs: SyncMetrics, facts: ProcessFacts | None
) -> Iterable[Metric]:
    series = [(_labels(name), counted) for name, counted in calls.of(organization)]
    yield _counter("calls", "Calls that have ended.", series, lambda counted: counted.calls)
    yield _errors(series)
    yield _tokens(series)
    yield _histogram(
        "call_seconds", "Time to the last byte of answered calls.", series, lambda counted: counted.seconds
    )
    yield _histogram(
        "call_first_byte_seconds",
        "Time to the first byte of streams.",
        series,
        lambda counted: counted.first_byte,
    )
    yield _histogram(
        "call_own_seconds",
        "Keyroll's own share of the time to the first byte.",
        series,
        lambda counted: counted.own,
    )
    runs = CounterMetricFamily("keyroll_syncs", "Sync runs.", labels=["organization", "status", "code"])
    for name, count in syncs.of(organization):
        runs.add_metric([str(name.organization), name.status, name.code], count)
    yield runs
    if facts is not None:
        yield from _of_the_process(facts)


_Series = list[tuple[list[str], CallSeries]]


def _labels(name: SeriesName) -> list[str]:
    return ["" if name.organization is None else str(name.organization), name.provider, name.model]


def _counter(name: str, text: str, series: _Series, count: Callable[[CallSeries], int]) -> Metric:
    family = CounterMetricFamily(f"keyroll_{name}", text, labels=_NAMES)
    for labels, counted in series:
        family.add_metric(labels, count(counted))
    return family


def _errors(series: _Series) -> Metric:
    family = CounterMetricFamily(
        "keyroll_call_errors", "Calls that ended in an error, by its kind.", labels=[*_NAMES, "kind"]
    )
    for labels, counted in series:
        for kind, count in counted.errors.items():
            family.add_metric([*labels, kind], count)
    return family


def _tokens(series: _Series) -> Metric:
    family = CounterMetricFamily(
        "keyroll_call_tokens",
        "Tokens as vendors count them; cached ones are input too, and those of reasoning are output.",
        labels=[*_NAMES, "kind"],
    )
    for labels, counted in series:
        for kind in ("input", "cached", "output", "reasoning"):
            family.add_metric([*labels, kind], getattr(counted, kind))
    return family


def _histogram(
    name: str, text: str, series: _Series, distribution: Callable[[CallSeries], Distribution]
) -> Metric:
    family = HistogramMetricFamily(f"keyroll_{name}", text, labels=_NAMES)
    for labels, counted in series:
        found = distribution(counted)
        family.add_metric(labels, buckets=found.buckets(), sum_value=found.total)
    return family


def _of_the_process(facts: ProcessFacts) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "keyroll_log_position",
        "The log's last position that calls are routed by. Positions have no gaps: it counts the events.",
        value=facts.position,
    )
    yield GaugeMetricFamily("keyroll_calls_under_way", "Calls under way.", value=facts.under_way)
    yield GaugeMetricFamily(
        "keyroll_usage_flush_lag_seconds",
        "For how long the oldest call has been over that is not in the table of usage.",
        value=facts.flush_lag,
    )
    yield CounterMetricFamily(
        "keyroll_usage_left_out_calls",
        "Calls that usage lacks, because too much waited for the database.",
        value=facts.left_out,
    )
