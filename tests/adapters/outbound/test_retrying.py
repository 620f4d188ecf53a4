"""Attempts and waits on a fake clock."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.outbound.failure import OutboundError, OutboundFailure
from adapters.outbound.hints import setback_of
from adapters.outbound.retrying import Retrying
from domain.retry import Setback
from tests.support.failures import NOW, failed, google


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


def play_scripts(number: int) -> Counter[int]:
    """How often each number of attempts was made; fails where an attempt or a wait is not as it should be."""
    dice = random.Random(20_261_122)  # noqa: S311  a test repeats itself, it keeps no secret
    counts = Counter[int]()

    async def play_all() -> None:
        for _ in range(number):
            script = Script(
                FakeTime(), [random_failure(dice) for _ in range(dice.randint(0, 4))], dice.uniform(0, 3)
            )
            deadline = dice.uniform(0.5, 200)
            with suppress(OutboundError):
                await script.play(deadline, dice.random())
            counts[script.attempts] += 1
            assert script.attempts <= 3
            assert len(script.time.waits) == script.attempts - 1
            assert sum(script.time.waits) < deadline
            for wait, (low, high) in zip(script.time.waits, script.bands, strict=False):
                assert low <= wait <= min(high, 60.0)

    asyncio.run(play_all())
    return counts


def test_in_10000_random_scripts_attempts_are_at_most_three_and_every_wait_is_in_its_band() -> None:
    counts = play_scripts(10_000)
    assert sum(counts.values()) == 10_000
    assert set(counts) == {1, 2, 3}
    assert min(counts.values()) > 500, "each number of attempts is common, so the check sees them all"


FAULTS: dict[str, dict[str, object]] = {
    "one attempt too many": {"domain.retry.MOST_RETRIES": 3, "adapters.outbound.retrying.MOST_RETRIES": 3},
    "waits too long": {"domain.retry.FIRST_WAIT": 1.3},
    "waits too short": {"domain.retry.FIRST_WAIT": 0.7},
    "too wide a spread": {"domain.retry.SPREAD": 0.5},
    "no cap": {"domain.retry.LONGEST_WAIT": 3600.0},
    "deaf to the vendor": {"adapters.outbound.retrying.setback_of": lambda error, _: Setback(error.status)},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_rule_that_is_wrong_shows_in_the_random_scripts(
    monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]
) -> None:
    for name, value in fault.items():
        monkeypatch.setattr(name, value)
    with pytest.raises(AssertionError):
        play_scripts(1_000)
