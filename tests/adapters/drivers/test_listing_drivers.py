"""What each driver asks its vendor, and what it makes of the answer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.drivers.registry import BaseUrls, driver_for
from adapters.outbound.answer import Limits
from adapters.outbound.client import Outbound
from domain.listing import Listing, ListingError, ModelFacts, ModelKind, SyncFailure
from domain.provider_type import ProviderType
from domain.secret import Secret
from tests.support.vendor_models import (
    ANTHROPIC_MODELS,
    GEMINI_MODELS,
    OPENAI_MODELS,
    anthropic_row,
    gemini_row,
    openai_row,
)
from tests.support.vendor_servers import AnthropicServer, GeminiServer, OpenAIServer, VendorServer

KEY = "sk-canary-0123456789"
VENDORS: list[tuple[ProviderType, type[VendorServer], list[dict[str, Any]]]] = [
    (ProviderType.OPENAI, OpenAIServer, OPENAI_MODELS),
    (ProviderType.OPENAI_COMPLETIONS, OpenAIServer, OPENAI_MODELS),
    (ProviderType.ANTHROPIC, AnthropicServer, ANTHROPIC_MODELS),
    (ProviderType.GEMINI, GeminiServer, GEMINI_MODELS),
]
every_vendor = pytest.mark.parametrize(("provider_type", "server", "models"), VENDORS)
TYPE_OF = {server: provider_type for provider_type, server, _ in VENDORS}


def list_from(vendor: VendorServer, key: str = KEY, provider_type: ProviderType | None = None) -> Listing:
    async def no_sleep(_: float) -> None:
        pass

    async def run() -> Listing:
        url = vendor.base_url
        outbound = Outbound(trusted_origins=[url], limits=Limits(read=1.0), sleep=no_sleep)
        try:
            chosen = provider_type or TYPE_OF[type(vendor)]
            return await driver_for(chosen, outbound, BaseUrls(url, url, url)).list_models(Secret(key))
        finally:
            await outbound.aclose()

    return asyncio.run(run())


def failure_of(vendor: VendorServer, key: str = KEY) -> ListingError:
    with pytest.raises(ListingError) as caught:
        list_from(vendor, key)
    return caught.value


def facts_of(server: type[VendorServer], row: object) -> ModelFacts:
    with server(KEY, [row]) as vendor:
        return list_from(vendor).models[0].facts


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


def test_a_model_on_two_pages_is_malformed() -> None:
    with GeminiServer(KEY, [*GEMINI_MODELS, GEMINI_MODELS[0]], page_size=4) as vendor:
        assert "twice" in failure_of(vendor).message


def test_openai_rows_become_facts() -> None:
    row = openai_row("gpt-4o", 1_715_367_049, shutdown_date="2027-02-01", unheard_of={"a": 1})
    assert facts_of(OpenAIServer, row) == ModelFacts(
        kind=ModelKind.CHAT,
        owned_by="system",
        released_at=datetime(2024, 5, 10, 18, 50, 49, tzinfo=UTC),
        retires_at=datetime(2027, 2, 1, tzinfo=UTC),
    )


def test_a_bare_array_is_a_listing_too() -> None:
    row = {"id": "meta-llama/Llama-3.3-70B", "created": 0, "display_name": "Llama", "context_length": 131_072}
    with OpenAIServer(KEY) as vendor:
        vendor.send_next(f"[{row}]".replace("'", '"').encode())
        (model,) = list_from(vendor).models
    assert model.facts == ModelFacts(display_name="Llama", context_window=131_072)


def test_a_creation_that_is_always_now_is_no_fact() -> None:
    row = openai_row("llama", owned_by="vllm", max_model_len=4_096)
    assert facts_of(OpenAIServer, row) == ModelFacts(owned_by="vllm", context_window=4_096)


def test_anthropic_rows_become_facts() -> None:
    facts = facts_of(AnthropicServer, anthropic_row("claude-opus-4-1-20250805", "Claude Opus 4.1"))
    assert facts == ModelFacts(
        kind=ModelKind.CHAT,
        display_name="Claude Opus 4.1",
        context_window=200_000,
        max_output_tokens=64_000,
        input_modalities=("text", "image"),
        capabilities={
            "batch": True,
            "citations": True,
            "code_execution": True,
            "context_management": True,
            "context_management.clear_tool_uses_20250919": True,
            "effort": True,
            "effort.low": True,
            "effort.medium": True,
            "effort.high": True,
            "effort.max": False,
            "vision": True,
            "pdf": True,
            "structured_output": True,
            "thinking": True,
            "thinking.adaptive": True,
            "thinking.enabled": True,
        },
        released_at=datetime(2025, 2, 19, tzinfo=UTC),
    )


def test_a_model_that_cannot_see_takes_text_alone() -> None:
    row = anthropic_row("claude-9", capabilities={"image_input": {"supported": False}})
    facts = facts_of(AnthropicServer, row)
    assert (facts.input_modalities, facts.capabilities) == (("text",), {"vision": False})


def test_gemini_rows_become_facts() -> None:
    assert facts_of(GeminiServer, gemini_row("gemini-2.5-pro", thinking=True)) == ModelFacts(
        kind=ModelKind.CHAT,
        display_name="Gemini 2.5 Pro",
        description="The model gemini-2.5-pro",
        context_window=1_048_576,
        max_output_tokens=65_536,
        capabilities={"batch": False, "caching": True, "thinking": True},
    )


NONSENSE: Sequence[object] = (None, True, -1, 0, 1.5, 2**60, "", " ", "\x00", "x" * 10_001, [], {}, [[]])


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda value: repr(value)[:12])
def test_an_optional_fact_of_a_wrong_type_counts_as_not_said(nonsense: object) -> None:
    names = ("created", "shutdown_date", "owned_by", "max_model_len", "display_name", "max_completion_tokens")
    openai = {"id": "a", **dict.fromkeys(names, nonsense)}
    anthropic = {"id": "a", "capabilities": nonsense, "created_at": nonsense, "max_tokens": nonsense}
    gemini = {"name": "models/a", "displayName": nonsense, "outputTokenLimit": nonsense, "thinking": 3}
    assert facts_of(OpenAIServer, openai) == ModelFacts()
    assert facts_of(AnthropicServer, anthropic) == ModelFacts(kind=ModelKind.CHAT)
    assert facts_of(GeminiServer, gemini) == ModelFacts()


def test_every_vendor_has_its_own_address_by_default() -> None:
    assert BaseUrls() == BaseUrls(
        "https://api.openai.com/v1",
        "https://api.anthropic.com",
        "https://generativelanguage.googleapis.com/v1beta",
    )
