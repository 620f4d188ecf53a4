"""When a failed request is tried again, and when not."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.hints import setback_of
from adapters.outbound.retrying import Retrying
from domain.retry import GiveUp, RetryAfter, Setback, verdict

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def failed(
    status: int | None = 429, headers: Mapping[str, str] | None = None, body: object = None
) -> OutboundError:
    failure = OutboundFailure.UNREACHABLE if status is None else OutboundFailure.STATUS
    return OutboundError(failure, "no", status=status, headers=dict(headers or {}), body=body)


def google(kind: str, **more: object) -> dict[str, Any]:
    detail = {"@type": f"type.googleapis.com/google.rpc.{kind}", **more}
    return {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [detail]}}


def ask(
    setback: Setback, *, attempt: int = 1, remaining: float = 1000.0, chance: float = 0.5
) -> RetryAfter | GiveUp:
    return verdict(setback, attempt=attempt, remaining=remaining, chance=chance)


@pytest.mark.parametrize("status", [None, 408, 409, 429, 500, 502, 503, 504, 529])
def test_a_transient_failure_is_tried_twice_more_after_1_and_2_seconds(status: int | None) -> None:
    verdicts = [ask(Setback(status), attempt=attempt) for attempt in (1, 2, 3)]
    assert verdicts == [RetryAfter(1.0), RetryAfter(2.0), GiveUp(None)]


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 413, 422])
def test_a_failure_that_would_repeat_is_final(status: int) -> None:
    assert ask(Setback(status)) == GiveUp(None)


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_waits_are_spread_by_a_quarter(chance: float, wait: float) -> None:
    assert ask(Setback(503), chance=chance) == RetryAfter(wait)


def test_a_wait_that_the_vendor_asks_for_is_kept_to_the_letter() -> None:
    assert ask(Setback(429, asked_wait=7.5), chance=0.0) == RetryAfter(7.5)


def test_a_wait_of_zero_asks_for_nothing() -> None:
    assert ask(Setback(429, asked_wait=0.0)) == RetryAfter(1.0)


def test_a_wait_beyond_the_cap_fails_at_once_and_says_when_to_come_back() -> None:
    assert ask(Setback(429, asked_wait=60.0)) == RetryAfter(60.0)
    assert ask(Setback(429, asked_wait=60.5)) == GiveUp(60.5)


def test_a_wait_beyond_the_deadline_fails_at_once_and_says_when_to_come_back() -> None:
    assert ask(Setback(429, asked_wait=5.0), remaining=5.1) == RetryAfter(5.0)
    assert ask(Setback(429, asked_wait=5.0), remaining=5.0) == GiveUp(5.0)
    assert ask(Setback(503), remaining=0.5) == GiveUp(None)


def test_what_the_vendor_says_outright_overrides_the_status() -> None:
    assert ask(Setback(400, should_retry=True)) == RetryAfter(1.0)
    assert ask(Setback(503, should_retry=False)) == GiveUp(None)


def test_an_exhausted_quota_is_final_whatever_else_is_said() -> None:
    assert ask(Setback(429, asked_wait=3.0, should_retry=True, quota_exhausted=True)) == GiveUp(3.0)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "0.5"}, 0.0005),
        ({"x-ms-retry-after-ms": "20"}, 0.02),
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": " 1.25 "}, 1.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:00 -0000"}, 60.0),
        ({"retry-after": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.0),
        ({"retry-after-ms": "100", "retry-after": "20"}, 0.1),
        ({"retry-after-ms": "soon", "retry-after": "20"}, 20.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1_000"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_every_form_of_retry_after_is_read(headers: dict[str, str], wait: float | None) -> None:
    assert setback_of(failed(headers=headers), NOW).asked_wait == wait


@pytest.mark.parametrize(
    ("delay", "wait"),
    [("22s", 22.0), ("45.837906927s", 45.837906927), ("22", None), (22, None), (None, None)],
)
def test_googles_retry_info_is_read(delay: object, wait: float | None) -> None:
    body = google("RetryInfo", retryDelay=delay)
    assert setback_of(failed(body=body), NOW).asked_wait == wait
    assert setback_of(failed(body=[body]), NOW).asked_wait == wait


def test_a_header_is_nearer_to_the_vendor_than_the_body() -> None:
    error = failed(headers={"retry-after": "3"}, body=google("RetryInfo", retryDelay="22s"))
    assert setback_of(error, NOW).asked_wait == 3.0


@pytest.mark.parametrize(
    ("body", "exhausted"),
    [
        ({"error": {"code": "insufficient_quota"}}, True),
        ({"error": {"type": "insufficient_quota", "code": None}}, True),
        ({"error": {"code": "rate_limit_exceeded"}}, False),
        ({"error": {"details": {"error_code": "enforced_spend_limit_reached"}}}, True),
        ({"error": {"details": {"error_code": "other"}}}, False),
        (
            google(
                "QuotaFailure", violations=[{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]
            ),
            True,
        ),
        (
            google("QuotaFailure", violations=[{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]),
            False,
        ),
        (google("QuotaFailure", violations="PerDay"), False),
        (google("Help"), False),
        ({"error": {"details": ["PerDay"]}}, False),
        ({"error": "insufficient_quota"}, False),
        (None, False),
    ],
)
def test_an_exhausted_quota_is_told_from_a_busy_minute(body: object, exhausted: bool) -> None:
    assert setback_of(failed(body=body), NOW).quota_exhausted is exhausted


@pytest.mark.parametrize(("said", "meant"), [("true", True), ("False", False), ("maybe", None)])
def test_x_should_retry_is_read(said: str, meant: bool | None) -> None:
    assert setback_of(failed(headers={"x-should-retry": said}), NOW).should_retry is meant


@given(st.text(), st.text())
def test_no_text_in_a_hint_makes_it_crash_or_ask_for_less_than_nothing(first: str, second: str) -> None:
    setback = setback_of(failed(headers={"retry-after": first, "retry-after-ms": second}), NOW)
    assert (setback.asked_wait or 0) >= 0


@dataclass
class FakeTime:
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@dataclass
class Script:
    """Fails as written, then answers; each attempt takes a while."""

    time: FakeTime
    failures: list[OutboundError]
    takes: float = 0.0
    attempts: int = 0
    bands: list[tuple[float, float]] = field(default_factory=list)

    async def attempt(self, seconds: float) -> str:
        assert seconds > 0
        self.attempts += 1
        self.time.seconds += self.takes
        if self.attempts > len(self.failures):
            return "answer"
        error = self.failures[self.attempts - 1]
        asked = setback_of(error, self.time.now()).asked_wait
        base = 2.0 ** (self.attempts - 1)
        self.bands.append((asked, asked) if asked else (0.75 * base, 1.25 * base))
        raise error

    async def play(self, deadline: float, chance: float = 0.5) -> str:
        time = self.time
        retrying = Retrying(clock=time.clock, now=time.now, sleep=time.sleep, chance=lambda: chance)
        return await retrying.run(self.attempt, deadline)

    def run(self, deadline: float) -> str:
        return asyncio.run(self.play(deadline))


def test_the_third_attempt_may_still_bring_the_answer() -> None:
    script = Script(FakeTime(), [failed(503), failed(None)])
    assert script.run(deadline=30) == "answer"
    assert (script.attempts, script.time.waits) == (3, [1.0, 2.0])


def test_the_third_failure_is_the_one_that_is_raised() -> None:
    last = failed(429, {"retry-after": "4"})
    script = Script(FakeTime(), [failed(503), failed(503), last, failed(503)])
    with pytest.raises(OutboundError) as caught:
        script.run(deadline=30)
    assert caught.value is last
    assert (script.attempts, last.come_back_after) == (3, 4.0)


@pytest.mark.parametrize("failure", [OutboundFailure.REFUSED, OutboundFailure.MALFORMED])
def test_a_refused_address_or_a_malformed_answer_is_never_tried_again(failure: OutboundFailure) -> None:
    script = Script(FakeTime(), [OutboundError(failure, "no")])
    with pytest.raises(OutboundError):
        script.run(deadline=30)
    assert script.attempts == 1


def random_failure(dice: random.Random) -> OutboundError:
    date = format_datetime(NOW + timedelta(seconds=dice.randint(-100, 100)), usegmt=True)
    hints: list[dict[str, str]] = [
        {},
        {},
        {"retry-after": f"{dice.uniform(0, 80):.3f}"},
        {"retry-after-ms": str(dice.randint(0, 80_000))},
        {"retry-after": date},
        {"x-should-retry": dice.choice(["true", "false"])},
    ]
    bodies = [
        *[None] * 4,
        google("RetryInfo", retryDelay=f"{dice.randint(0, 80)}s"),
        {"error": {"code": "insufficient_quota"}},
    ]
    status = dice.choice([None, 408, 409, 429, 500, 503, 529, 529, 400, 401])
    return failed(status, dice.choice(hints), dice.choice(bodies))


def test_in_10000_random_scripts_attempts_are_at_most_three_and_every_wait_is_in_its_band() -> None:
    dice = random.Random(20_261_122)  # noqa: S311  a test repeats itself, it keeps no secret
    counts = Counter[int]()

    async def play_all() -> None:
        for _ in range(10_000):
            script = Script(
                FakeTime(), [random_failure(dice) for _ in range(dice.randint(0, 4))], dice.uniform(0, 3)
            )
            deadline = dice.uniform(0.5, 200)
            with suppress(OutboundError):
                await script.play(deadline, dice.random())
            counts[script.attempts] += 1
            assert len(script.time.waits) == script.attempts - 1
            assert sum(script.time.waits) < deadline
            for wait, (low, high) in zip(script.time.waits, script.bands, strict=False):
                assert low <= wait <= min(high, 60.0)

    asyncio.run(play_all())
    assert set(counts) == {1, 2, 3}
    assert min(counts.values()) > 500, "each number of attempts is common, so the check sees them all"


statuses = st.one_of(st.none(), st.integers(300, 599))


@settings(max_examples=1_000, deadline=None)
@given(
    st.builds(Setback, statuses, st.none() | st.floats(0, 1e6), st.none() | st.booleans(), st.booleans()),
    st.integers(1, 5),
    st.floats(0, 1000),
    st.floats(0, 1),
)
def test_a_verdict_never_waits_less_than_asked_nor_longer_than_it_may(
    setback: Setback, attempt: int, remaining: float, chance: float
) -> None:
    match ask(setback, attempt=attempt, remaining=remaining, chance=chance):
        case RetryAfter(seconds):
            assert attempt <= 2
            assert not setback.quota_exhausted
            assert 0 < seconds <= 60
            assert seconds < remaining
            assert seconds == setback.asked_wait or (
                not setback.asked_wait and 0.75 * 2 ** (attempt - 1) <= seconds <= 1.25 * 2 ** (attempt - 1)
            )
        case GiveUp(come_back_after):
            assert come_back_after == setback.asked_wait
