"""What tests of several folders share: one forgetful PostgreSQL, and a database of its own for each test."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.embedded.server import RunningServer
from api.commands.caller import Caller
from api.commands.core import Core
from domain.access import Role
from tests.support.cores import core_over
from tests.support.embedded_postgres import create_database, drop_database, start_for_tests
from tests.support.keyroll_in_a_thread import KeyrollInAThread
from tests.support.service import set_up

_numbers = count()


def pytest_xdist_auto_num_workers() -> int:
    """For ``-n auto``: tests wait for servers, disks and clocks more than they compute."""
    return 2 * (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests are begun first, so that none is left alone at the end."""
    items.sort(key=lambda item: "system" not in item.path.parts)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for the whole run, shared by all workers; the last one stops it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with start_for_tests(shared / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: RunningServer) -> str:
    """The name of a database with the schema and nothing in it, to copy from."""
    name = f"template_{uuid4().hex}"
    set_up(postgres, create_database(postgres, name))
    return name


@pytest.fixture
def conninfo(postgres: RunningServer, template: str) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield create_database(postgres, name, template=template)
    drop_database(postgres, name)


@pytest.fixture
def core(conninfo: str) -> Iterator[Core]:
    """The use cases' parts over the test's database."""
    with core_over(conninfo) as made:
        yield made


@pytest.fixture
def ada() -> Caller:
    """An admin of an organization of her own."""
    return Caller(uuid4(), "ada", Role.ADMIN, "request-1", "192.0.2.7")


@pytest.fixture
def organization(ada: Caller) -> UUID:
    """Ada's organization."""
    return ada.organization


@pytest.fixture
def keyroll(conninfo: str, tmp_path: Path) -> Iterator[KeyrollInAThread]:
    """A whole Keyroll on a real socket, over the test's database."""
    with KeyrollInAThread(conninfo, tmp_path) as running:
        yield running
