import asyncio
import signal
import subprocess
import sys
from uuid import UUID, uuid4

import pytest

from adapters.postgres.leases import Leases
from adapters.postgres.refusals import StoreUnavailable
from tests.support.embedded_postgres import wait_until

_HOLD = """
import asyncio, sys
from uuid import UUID
from adapters.postgres.leases import Leases

async def hold() -> None:
    async with Leases(sys.argv[1]).lease(UUID(sys.argv[2])) as held:
        print(held, flush=True)
        sys.stdin.read()

asyncio.run(hold())
"""


async def _taken(conninfo: str, subject: UUID) -> bool:
    async with Leases(conninfo).lease(subject) as held:
        return held


@pytest.mark.parametrize("subject", [UUID(int=0), UUID(int=2**128 - 1), UUID(int=2**63)])
def test_of_two_that_want_a_lease_the_second_is_refused_until_the_first_is_done(
    conninfo: str, subject: UUID
) -> None:
    async def compete() -> list[bool]:
        async with Leases(conninfo).lease(subject) as first:
            second = await _taken(conninfo, subject)
            third = await _taken(conninfo, subject)
        return [first, second, third, await _taken(conninfo, subject)]

    assert asyncio.run(compete()) == [True, False, False, True]


def test_leases_on_different_subjects_do_not_meet(conninfo: str) -> None:
    async def both() -> bool:
        async with Leases(conninfo).lease(uuid4()) as one, Leases(conninfo).lease(uuid4()) as other:
            return one and other

    assert asyncio.run(both())


def test_an_error_in_the_block_lets_the_lease_go(conninfo: str) -> None:
    subject = uuid4()

    async def fail() -> None:
        async with Leases(conninfo).lease(subject):
            raise ValueError("the work failed")

    with pytest.raises(ValueError, match="the work failed"):
        asyncio.run(fail())
    assert asyncio.run(_taken(conninfo, subject))


def test_a_holder_that_is_killed_lets_its_lease_go(conninfo: str) -> None:
    subject = uuid4()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, conninfo, str(subject)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not asyncio.run(_taken(conninfo, subject))
        holder.send_signal(signal.SIGKILL)
    assert holder.returncode == -signal.SIGKILL
    wait_until(lambda: asyncio.run(_taken(conninfo, subject)))


def test_a_lease_on_a_database_that_is_gone_says_so() -> None:
    with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
        asyncio.run(_taken("host=127.0.0.1 port=1", uuid4()))
