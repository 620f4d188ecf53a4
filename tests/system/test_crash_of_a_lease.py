"""PostgreSQL is killed in the instant between a lease's connection and its lock."""

import asyncio
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from adapters.postgres.leases import Leases
from adapters.postgres.refusals import StoreUnavailable

_DEADLY_LOCK = """
    CREATE SCHEMA deadly;
    CREATE FUNCTION deadly.pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql
    AS 'SELECT pg_terminate_backend(pg_backend_pid())';
"""


async def _lease(conninfo: str) -> bool:
    async with Leases(conninfo).lease(uuid4()) as held:
        return held


def test_a_connection_that_dies_while_it_asks_for_the_lease_is_a_database_that_does_not_answer(
    conninfo: str,
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_DEADLY_LOCK.encode())
    deadly = make_conninfo(conninfo, options="-c search_path=deadly,pg_catalog,public")
    with pytest.raises(StoreUnavailable):
        asyncio.run(_lease(deadly))
    assert asyncio.run(_lease(conninfo))
