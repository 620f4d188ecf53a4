"""Each result of a key check, for each provider type, over real sockets; and a check stores nothing."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import pytest

from adapters.embedded.server import RunningServer
from api.http import problems_list as kinds
from tests.support.documented_keyroll import DocumentedKeyroll, hurry
from tests.support.embedded_postgres import create_database, drop_database
from tests.support.plain_keyroll import RIGHT_KEY, WRONG_KEY, Said
from tests.support.scripted_server import VendorServer
from tests.support.steps import Json, add_provider, done, problem
from tests.support.tables import everything
from tests.support.vendors_of_a_story import ATTEMPTS, TYPES, StoryVendors, row_of

LISTED: Final = ("kr-a", "kr-b", "kr-c")
every_type = pytest.mark.parametrize("provider_type", TYPES)


@dataclass(frozen=True)
class Case:
    """A result, the key that is checked, what the vendor does, and a part of the message."""

    result: str
    key: str
    arrange: Callable[[VendorServer], None]
    words: str | None


def _as_documented(vendor: VendorServer) -> None:
    assert not vendor.requests


def _gives_its_listing_to_anybody(vendor: VendorServer) -> None:
    for _ in range(2):
        vendor.send_next(b'{"data": [{"id": "m"}], "models": [{"name": "models/m"}], "has_more": false}')


def _is_too_busy(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.fail_next(429)


def _is_down(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.fail_next(503)


def _breaks_off(vendor: VendorServer) -> None:
    for _ in range(ATTEMPTS):
        vendor.truncate_next()


def _is_no_listing(vendor: VendorServer) -> None:
    vendor.fail_next(404)


def _is_a_page_for_people(vendor: VendorServer) -> None:
    vendor.send_next(b"<html>", headers={"content-type": "text/html"})


CASES: Final = {
    "a good key": Case("valid", RIGHT_KEY, _as_documented, None),
    "a wrong key": Case("rejected", WRONG_KEY, _as_documented, "key"),
    "a public listing": Case("unverified", WRONG_KEY, _gives_its_listing_to_anybody, "any key"),
    "a busy vendor": Case("unverified", RIGHT_KEY, _is_too_busy, "scripted failure 429"),
    "a vendor that is down": Case("unreachable", RIGHT_KEY, _is_down, "scripted failure 503"),
    "a connection that breaks": Case("unreachable", RIGHT_KEY, _breaks_off, "connection broke"),
    "no listing": Case("unsupported", RIGHT_KEY, _is_no_listing, "404"),
    "a page for people": Case("unsupported", RIGHT_KEY, _is_a_page_for_people, "not JSON"),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.fixture(scope="module")
def vendors() -> Iterator[StoryVendors]:
    with StoryVendors() as running:
        yield running


@pytest.fixture(scope="module")
def conninfo(postgres: RunningServer, template: str) -> Iterator[str]:
    """One database for all cases: they store nothing, or a provider of a name of its own."""
    name = f"checks_{os.getpid()}"
    yield create_database(postgres, name, template=template)
    drop_database(postgres, name)


@pytest.fixture(scope="module")
def keyroll(
    conninfo: str, tmp_path_factory: pytest.TempPathFactory, vendors: StoryVendors
) -> Iterator[DocumentedKeyroll]:
    """Keyroll, in no mood to wait between attempts."""
    for provider_type in TYPES:
        vendors.of(provider_type).models = [row_of(provider_type, name, Said()) for name in LISTED]
    with pytest.MonkeyPatch.context() as monkeypatch:
        hurry(monkeypatch)
        with DocumentedKeyroll(conninfo, tmp_path_factory.mktemp("checks"), **vendors.environ) as running:
            yield running


@pytest.fixture
def arranged(vendors: StoryVendors, provider_type: str, case: Case) -> Callable[[], VendorServer]:
    """Makes the vendor do what the case says."""

    def arrange() -> VendorServer:
        vendors.behave()
        vendor = vendors.of(provider_type)
        case.arrange(vendor)
        return vendor

    return arrange


def _is_as_the_case_says(found: Json, case: Case) -> None:
    assert found["result"] == case.result
    assert (case.words or "") in (found["message"] or "")
    assert (found["message"] is None) == (case.words is None)
    assert case.key not in str(found)
    assert found["models"] == (len(LISTED) if case.result == "valid" else found["models"])


@every_type
@every_case
def test_a_check_comes_to_its_result_and_stores_nothing(
    keyroll: DocumentedKeyroll,
    conninfo: str,
    arranged: Callable[[], VendorServer],
    provider_type: str,
    case: Case,
) -> None:
    saved = add_provider(keyroll.http, uuid4().hex, provider_type=provider_type, api_key=case.key)
    before = everything(conninfo)

    arranged()
    body = {"provider_type": provider_type, "api_key": case.key}
    _is_as_the_case_says(done(keyroll.http.post("/v1/llm-providers/check", json=body)), case)
    arranged()
    _is_as_the_case_says(done(keyroll.http.post(f"/v1/llm-providers/{saved['id']}/check")), case)

    assert everything(conninfo) == before


@every_type
@every_case
def test_with_verify_only_a_rejected_key_is_refused_on_create_and_on_patch(
    keyroll: DocumentedKeyroll,
    conninfo: str,
    arranged: Callable[[], VendorServer],
    provider_type: str,
    case: Case,
) -> None:
    saved = add_provider(
        keyroll.http, uuid4().hex, provider_type=provider_type, api_key="sk-of-old-times-123"
    )
    before = everything(conninfo)
    body = {"name": uuid4().hex, "provider_type": provider_type, "api_key": case.key}
    verified = {"verify": "true"}

    arranged()
    created = keyroll.http.post("/v1/llm-providers", params=verified, json=body)
    arranged()
    path = f"/v1/llm-providers/{saved['id']}"
    changed = keyroll.http.patch(path, params=verified, json={"api_key": case.key})

    if case.result == "rejected":
        for answer in (created, changed):
            assert (case.words or "") in problem(answer, kinds.KEY_REJECTED)["detail"]
            assert case.key not in answer.text
        assert everything(conninfo) == before
    else:
        assert done(created, 201)["key_hint"] == done(changed)["key_hint"] == case.key[-4:]
        told = {answer.headers["keyroll-key-check"] for answer in (created, changed)}
        assert told == {case.result}
        assert everything(conninfo) != before


@every_type
def test_an_address_where_nobody_is_and_a_provider_without_a_key_are_told_apart(
    keyroll: DocumentedKeyroll, conninfo: str, provider_type: str
) -> None:
    keyless = add_provider(keyroll.http, uuid4().hex, provider_type=provider_type, api_key=None)
    before = everything(conninfo)
    body = {"provider_type": provider_type, "api_key": RIGHT_KEY, "base_url": "https://nobody.invalid/v1"}
    nowhere = done(keyroll.http.post("/v1/llm-providers/check", json=body))
    assert (nowhere["result"], nowhere["models"]) == ("unreachable", None)
    without = done(keyroll.http.post(f"/v1/llm-providers/{keyless['id']}/check"))
    assert without["result"] == "unsupported"
    assert "PATCH it with an api_key" in without["message"]
    assert everything(conninfo) == before
