"""A store over the test's database, and one for each of the two ways to write."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.postgres.store import Store

WRITE_PATHS = {"one statement": 1_000_000, "copy": 0}


@pytest.fixture
def store(conninfo: str) -> Iterator[Store]:
    with closing(Store(conninfo)) as opened:
        yield opened


@pytest.fixture(params=WRITE_PATHS.values(), ids=list(WRITE_PATHS))
def writer(request: pytest.FixtureRequest, store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that writes everything in one of the two ways, however many events there are."""
    monkeypatch.setattr("adapters.postgres.recorder.BULK", request.param)
    return store
