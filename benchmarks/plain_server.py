"""The comparator of row 9: the same server, framework, driver and table, and nothing of Keyroll's own.

Run as ``python -m benchmarks.plain_server CONNINFO PORT``.
"""

import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import uvicorn
import uvloop
from litestar import Litestar, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.datastore import connection_settings
from adapters.postgres.reader import MAX_POOL_SIZE, POOL_SIZE
from api.ids import uuid7

Pool = AsyncConnectionPool[AsyncConnection[Any]]

_INSERT = """INSERT INTO llm_providers
    (id, organization, version, name, name_key, provider_type, base_url, status, created_at, updated_at)
    VALUES (%s, %s, 1, %s, %s, %s, %s, 'active', %s, %s)"""
_ORGANIZATION = UUID(int=1)


class NewProvider(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a client sends."""

    name: str
    provider_type: str
    api_key: str | None = None
    base_url: str | None = None


class Provider(msgspec.Struct, frozen=True):
    """What it gets back."""

    id: UUID
    name: str
    provider_type: str
    base_url: str | None
    created_at: datetime


@post("/v1/llm-providers")
async def create(data: JSONBody[NewProvider], pool: NamedDependency[Pool]) -> Provider:
    """Insert one row."""
    at = datetime.now(UTC)
    made = Provider(uuid7(), data.name, data.provider_type, data.base_url, at)
    values = [
        made.id,
        _ORGANIZATION,
        data.name,
        data.name.casefold(),
        data.provider_type,
        data.base_url,
        at,
        at,
    ]
    async with pool.connection() as connection:
        await connection.execute(_INSERT, values)
    return made


@get("/ready")
async def ready() -> Response[None]:
    """It serves."""
    return Response(None, status_code=200)


async def serve(conninfo: str, port: int) -> None:
    """Serve until SIGTERM."""
    pool: Pool = AsyncConnectionPool(
        kwargs=connection_settings(conninfo), min_size=POOL_SIZE, max_size=MAX_POOL_SIZE, open=False
    )
    async with pool:
        app = Litestar(
            [create, ready],
            dependencies={"pool": Provide(lambda: pool, sync_to_thread=False)},
            logging_config=None,
            openapi_config=None,
        )
        config = uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
