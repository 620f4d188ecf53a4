"""Listings that came and are not believed."""

import pytest

from domain.listing import SyncFailure
from tests.support.listing import KEY, failure_of, list_from
from tests.support.vendor_models import (
    GEMINI_MODELS,
    OPENAI_MODELS,
    openai_row,
)
from tests.support.vendor_servers import AnthropicServer, GeminiServer, OpenAIServer, VendorServer


@pytest.mark.parametrize(
    ("server", "body"),
    [
        (OpenAIServer, b"{}"),
        (OpenAIServer, b'{"data": {}}'),
        (OpenAIServer, b'"models"'),
        (OpenAIServer, b'{"data": ["gpt-4o"]}'),
        (OpenAIServer, b'{"data": [{"object": "model"}]}'),
        (OpenAIServer, b'{"data": [{"id": 4}]}'),
        (OpenAIServer, b'{"data": [{"id": ""}]}'),
        (OpenAIServer, b'{"data": [{"id": "a\\u0000b"}]}'),
        (OpenAIServer, b'{"data": [{"id": "gpt-4o"}, {"id": "gpt-4o"}]}'),
        (AnthropicServer, b"[]"),
        (AnthropicServer, b'{"has_more": false}'),
        (AnthropicServer, b'{"data": []}'),
        (AnthropicServer, b'{"data": [], "has_more": "no"}'),
        (AnthropicServer, b'{"data": [], "has_more": true}'),
        (AnthropicServer, b'{"data": [], "has_more": true, "last_id": ""}'),
        (GeminiServer, b"[]"),
        (GeminiServer, b'{"model": []}'),
        (GeminiServer, b'{"models": 1}'),
        (GeminiServer, b'{"models": [], "nextPageToken": 3}'),
        (GeminiServer, b'{"models": [{"name": 1}]}'),
        (GeminiServer, b'{"models": [{"name": "models/"}]}'),
    ],
)
def test_a_body_of_another_shape_than_documented_is_malformed(
    server: type[VendorServer], body: bytes
) -> None:
    with server(KEY) as vendor:
        vendor.send_next(body)
        assert failure_of(vendor).failure is SyncFailure.MALFORMED


@pytest.mark.parametrize(
    ("server", "page"),
    [
        (AnthropicServer, b'{"data": [], "has_more": true, "last_id": "a"}'),
        (GeminiServer, b'{"nextPageToken": "a"}'),
    ],
)
def test_a_page_that_leads_back_to_itself_is_malformed(server: type[VendorServer], page: bytes) -> None:
    with server(KEY) as vendor:
        vendor.send_next(page)
        vendor.send_next(page)
        assert "leads back" in failure_of(vendor).message
    assert len(vendor.requests) == 2


def test_pages_without_end_are_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.drivers.pages.MOST_PAGES", 3)
    with GeminiServer(KEY, GEMINI_MODELS[:3], page_size=1) as vendor:
        assert len(list_from(vendor).models) == 3
        vendor.models = GEMINI_MODELS[:4]
        assert "more than 3 pages" in failure_of(vendor).message


def test_models_without_end_are_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.drivers.pages.MOST_MODELS", 8)
    with OpenAIServer(KEY, OPENAI_MODELS) as vendor:
        assert len(list_from(vendor).models) == 8
        vendor.models.append(openai_row("gpt-9"))
        assert "more than 8 models" in failure_of(vendor).message


def test_pages_that_hold_too_much_together_are_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = ({"name": f"models/{name}", "description": "x" * 6_000} for name in ("one", "other"))
    monkeypatch.setattr("adapters.drivers.pages.MOST_BYTES", 10_000)
    with GeminiServer(KEY, [one], page_size=1) as vendor:
        assert len(list_from(vendor).models) == 1
        vendor.models.append(other)
        assert "more than 10,000 bytes" in failure_of(vendor).message


def test_a_model_on_two_pages_is_malformed() -> None:
    with GeminiServer(KEY, [*GEMINI_MODELS, GEMINI_MODELS[0]], page_size=4) as vendor:
        assert "twice" in failure_of(vendor).message
