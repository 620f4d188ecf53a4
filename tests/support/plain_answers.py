"""What the API must answer if it agrees with the plain model, as far as that knows."""

from tests.support.plain_keyroll import PlainKeyroll, PlainModel, PlainProvider
from tests.support.steps import Json


def expected_provider(provider: PlainProvider) -> Json:
    """What the API must say of a provider, as far as these tests know."""
    return {
        "name": provider.name,
        "provider_type": provider.provider_type,
        "base_url": provider.base_url,
        "status": provider.status,
        "api_key_set": provider.key is not None,
        "credential_source": "none" if provider.key is None else "stored",
        "key_hint": None if provider.key is None else provider.key[-4:],
        "last_synced_at": provider.last_synced_at,
        "last_sync": vars(provider.runs[-1]) if provider.runs else None,
    }


def expected_model(plain: PlainKeyroll, provider: PlainProvider, model: PlainModel) -> Json:
    """What the API must say of a model."""
    seen = model.found_at if model.again else provider.last_synced_at
    seen = model.last_seen_at if model.stale else seen
    return {
        "id": model.id,
        "provider_id": provider.id,
        "provider_name": provider.name,
        "provider_status": provider.status,
        "model_id": model.model_id,
        "display_name": model.edited_name or model.said.name or model.model_id,
        "source": model.source,
        "status": model.status,
        "is_default": model is plain.default,
        "stale": model.stale,
        "last_seen_at": seen if model.source == "discovered" else None,
        "context_window": model.said.size,
        "capabilities": {**model.said.capabilities, **model.edited},
        "edited_capabilities": model.edited,
    }


def expected_default(plain: PlainKeyroll) -> Json:
    """What the API must say of the default."""
    for provider, model in plain.models():
        if model is plain.default:
            has_key = provider.key is not None or provider.base_url is not None
            switched_on = model.status == provider.status == "active"
            return {"model": model.id, "usable": switched_on and has_key and not model.stale}
    return {"model": None, "usable": False}
