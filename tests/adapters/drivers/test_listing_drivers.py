"""What each driver asks its vendor, and how it tells that there is no listing."""

from typing import Any

import pytest

from adapters.drivers.registry import BaseUrls
from domain.listing import Listing, ListingError, SyncFailure
from domain.provider_type import ProviderType
from tests.support.listing import KEY, VENDORS, every_vendor, failure_of, list_from
from tests.support.vendor_servers import AnthropicServer, GeminiServer, OpenAIServer, VendorServer


@every_vendor
@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_a_listing_is_read_to_its_last_page(
    provider_type: ProviderType, server: type[VendorServer], models: list[Any], page_size: int
) -> None:
    with server(KEY, models, page_size=page_size) as vendor:
        listing = list_from(vendor, provider_type=provider_type)
    ids = [row.get("id") or row["name"].removeprefix("models/") for row in models]
    assert [model.model_id for model in listing.models] == ids


@every_vendor
def test_the_key_goes_in_a_header_and_in_no_address(
    provider_type: ProviderType, server: type[VendorServer], models: list[Any]
) -> None:
    with server(KEY, models, page_size=2) as vendor:
        list_from(vendor, provider_type=provider_type)
    for request in vendor.requests:
        assert KEY in " ".join(request.headers.values())
        assert KEY not in request.path + str(request.query)


@every_vendor
def test_an_empty_listing_is_returned_as_such(
    provider_type: ProviderType, server: type[VendorServer], models: list[Any]
) -> None:
    with server(KEY, []) as vendor:
        assert list_from(vendor, provider_type=provider_type) == Listing(models=())
        vendor.models = models
        assert list_from(vendor, provider_type=provider_type) != Listing(models=())


@every_vendor
def test_a_wrong_key_is_rejected_in_the_vendors_own_words(
    provider_type: ProviderType, server: type[VendorServer], models: list[Any]
) -> None:
    with server(KEY, models) as vendor, pytest.raises(ListingError, match=r"(?i)api.key") as caught:
        list_from(vendor, "sk-wrong-0123456789", provider_type)
    assert caught.value.failure is SyncFailure.KEY_REJECTED


@every_vendor
@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (401, SyncFailure.KEY_REJECTED),
        (402, SyncFailure.RATE_LIMITED),
        (403, SyncFailure.KEY_REJECTED),
        (404, SyncFailure.MALFORMED),
        (408, SyncFailure.TIMEOUT),
        (429, SyncFailure.RATE_LIMITED),
        (500, SyncFailure.UNREACHABLE),
        (503, SyncFailure.UNREACHABLE),
        (504, SyncFailure.TIMEOUT),
        (529, SyncFailure.RATE_LIMITED),
    ],
)
def test_an_error_status_is_a_typed_failure(
    provider_type: ProviderType,
    server: type[VendorServer],
    models: list[Any],
    status: int,
    failure: SyncFailure,
) -> None:
    with server(KEY, models) as vendor:
        for _ in range(3):
            vendor.fail_next(status)
        with pytest.raises(ListingError, match=f"scripted failure {status}") as caught:
            list_from(vendor, provider_type=provider_type)
        assert caught.value.failure is failure
        vendor.behave()
        assert list_from(vendor, provider_type=provider_type).models, "the next listing works"


@every_vendor
def test_a_transient_error_is_retried(
    provider_type: ProviderType, server: type[VendorServer], models: list[Any]
) -> None:
    with server(KEY, models) as vendor:
        vendor.fail_next(503)
        vendor.truncate_next()
        assert len(list_from(vendor, provider_type=provider_type).models) == len(models)
    assert len(vendor.requests) == 3


@pytest.mark.parametrize("server", [AnthropicServer, GeminiServer])
def test_a_later_page_that_fails_fails_the_listing(server: type[VendorServer]) -> None:
    models = next(rows for _, kind, rows in VENDORS if kind is server)
    with server(KEY, models, page_size=2) as vendor:
        first_page = vendor.answer

        def fail_after_the_first(request: Any) -> Any:
            if vendor.requests:
                vendor.fail_next(404)
            return first_page(request)

        vendor.answer = fail_after_the_first  # type: ignore[method-assign]  # a script for the second page
        assert failure_of(vendor).failure is SyncFailure.MALFORMED
    assert len(vendor.requests) == 2


def test_a_vendor_that_says_when_to_come_back_is_quoted() -> None:
    with OpenAIServer(KEY) as vendor:
        vendor.fail_next(429, headers={"retry-after": "90.2"})
        assert "come back in 91 s" in failure_of(vendor).message


def test_a_key_that_no_header_can_carry_is_rejected_and_not_shown() -> None:
    with OpenAIServer(KEY) as vendor:
        error = failure_of(vendor, "sk-schlüssel\r\nX-Evil: 1")
    assert error.failure is SyncFailure.KEY_REJECTED
    assert "schl" not in str(error)
    assert vendor.requests == []


def test_a_listing_that_never_answers_is_a_timeout() -> None:
    with OpenAIServer(KEY) as vendor:
        for _ in range(3):
            vendor.hang_next()
        assert failure_of(vendor).failure is SyncFailure.TIMEOUT


def test_a_listing_without_a_server_is_unreachable() -> None:
    with OpenAIServer(KEY) as vendor:
        pass
    assert failure_of(vendor).failure is SyncFailure.UNREACHABLE


def test_every_vendor_has_its_own_address_by_default() -> None:
    assert BaseUrls() == BaseUrls(
        "https://api.openai.com/v1",
        "https://api.anthropic.com",
        "https://generativelanguage.googleapis.com/v1beta",
    )
