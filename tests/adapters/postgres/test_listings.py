import asyncio
import hashlib
import json
import zlib

import psycopg

from adapters.postgres.listings import keep_listing, kept_listing
from adapters.postgres.reader import Reader
from adapters.postgres.store import Store

TEXT = '{"models":[{"model_id":"ünï ✓","facts":{}}]}'


def _read(conninfo: str, digest: str) -> bytes | None:
    async def read() -> bytes | None:
        async with Reader(conninfo) as reader:
            return await kept_listing(reader, digest)

    return asyncio.run(read())


def test_a_kept_listing_is_read_again_under_its_digest(store: Store, conninfo: str) -> None:
    digest = keep_listing(store, TEXT, 1)
    assert digest == hashlib.sha256(TEXT.encode()).hexdigest()
    assert _read(conninfo, digest) == TEXT.encode()
    assert _read(conninfo, "0" * 64) is None


def test_the_same_listing_is_kept_once_and_another_beside_it(store: Store, conninfo: str) -> None:
    digests = [keep_listing(store, text, 1) for text in (TEXT, TEXT, TEXT + " ", TEXT)]
    assert len(set(digests)) == 2
    with psycopg.connect(conninfo) as connection:
        kept = connection.execute("SELECT digest, models, kept_at IS NOT NULL FROM listings").fetchall()
    assert sorted(kept) == sorted((digest, 1, True) for digest in set(digests))


def test_a_large_listing_takes_a_fraction_of_its_size(store: Store, conninfo: str) -> None:
    models = [{"model_id": f"model-{number:05}", "facts": {"kind": "chat"}} for number in range(10_000)]
    text = json.dumps({"models": models})
    digest = keep_listing(store, text, len(models))
    with psycopg.connect(conninfo) as connection:
        ((body,),) = connection.execute("SELECT body FROM listings WHERE digest = %s", [digest]).fetchall()
    assert zlib.decompress(body).decode() == text
    assert 10 * len(body) < len(text)
