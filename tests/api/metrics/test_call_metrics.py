"""What is counted of calls, and of how many names."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.metrics.calls import MOST_ERRORS, OTHER, CallMetrics, SeriesName
from api.metrics.distribution import SECONDS, Distribution
from tests.support.calls_ended import ORGANIZATION, bearer, ended_call, refused_call, route

STRANGER = UUID(int=2)


def test_calls_are_counted_by_organization_provider_and_model() -> None:
    metrics = CallMetrics()
    metrics.record(ended_call())
    metrics.record(ended_call())
    metrics.record(ended_call(route=route("m2")))
    metrics.record(ended_call(bearer=bearer(organization=STRANGER)))
    metrics.record(refused_call(route=None))
    metrics.record(refused_call(route=None, bearer=None))
    assert {name: series.calls for name, series in metrics.of(None)} == {
        SeriesName(ORGANIZATION, "Our box", "m1"): 2,
        SeriesName(ORGANIZATION, "Our box", "m2"): 1,
        SeriesName(STRANGER, "Our box", "m1"): 1,
        SeriesName(ORGANIZATION, "", ""): 1,
        SeriesName(None, "", ""): 1,
    }
    assert {name.organization for name, _ in metrics.of(STRANGER)} == {STRANGER}


def test_tokens_errors_and_times_are_counted() -> None:
    metrics = CallMetrics()
    metrics.record(ended_call())
    metrics.record(ended_call(stream=False, error="cut_off"))
    metrics.record(refused_call())
    ((_, series),) = metrics.of(None)
    assert (series.input, series.cached, series.output, series.reasoning) == (18, 6, 24, 10)
    assert series.errors == {"cut_off": 1, "invalid_request": 1}
    assert [sum(spread.counts) for spread in (series.seconds, series.first_byte, series.own)] == [2, 1, 2]


def test_names_beyond_the_bound_are_told_as_other_ones() -> None:
    metrics = CallMetrics(most=2)
    for number in range(5):
        metrics.record(ended_call(route=route(f"m{number}")))
    metrics.record(ended_call(route=route("m0")))
    assert {name.model: series.calls for name, series in metrics.of(None)} == {"m0": 2, "m1": 1, OTHER: 3}


def test_kinds_of_errors_beyond_the_bound_are_told_as_other_ones() -> None:
    metrics = CallMetrics()
    for number in range(MOST_ERRORS + 5):
        metrics.record(refused_call(error=f"kind-{number}"))
    metrics.record(refused_call(error="kind-0"))
    ((_, series),) = metrics.of(None)
    assert (len(series.errors), series.errors["kind-0"], series.errors[OTHER]) == (MOST_ERRORS + 1, 2, 5)


@given(st.lists(st.floats(min_value=0, max_value=2 * SECONDS[-1])))
def test_a_bucket_counts_what_is_not_beyond_its_bound(durations: list[float]) -> None:
    spread = Distribution(SECONDS)
    for duration in durations:
        spread.add(duration)
    assert spread.total == sum(durations)
    for name, count in spread.buckets():
        assert count == sum(duration <= float(name) for duration in durations)
