"""What people do to providers and models in a random story."""

from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.support.plain_keyroll import RIGHT_KEY, WRONG_KEY, PlainProvider, Said
from tests.support.steps import Json, done
from tests.support.story import MODEL_IDS, PICK, SAID, Story
from tests.support.vendors_of_a_story import TYPES

NAMES = st.sampled_from(["One", "one", "Two", "Zoë's"])
KEYS = st.sampled_from([RIGHT_KEY, RIGHT_KEY, RIGHT_KEY, WRONG_KEY])
ADDRESSES = st.sampled_from([None, None, "https://a.example/v1"])
SWITCH = st.sampled_from(["active", "disabled"])
CAPABILITIES = st.dictionaries(st.sampled_from(["thinking", "vision"]), st.none() | st.booleans())


class ProviderDeeds(Story):
    """Providers come, change and go."""

    @initialize(provider_type=st.sampled_from(TYPES))
    def begin(self, provider_type: str) -> None:
        self.create_provider("One", provider_type, RIGHT_KEY)

    @rule(name=NAMES, provider_type=st.sampled_from(TYPES), key=KEYS | st.none())
    def another_provider(self, name: str, provider_type: str, key: str | None) -> None:
        self.create_provider(name, provider_type, key)

    def create_provider(self, name: str, provider_type: str, key: str | None) -> None:
        """A provider, unless its name is taken."""
        body = {"name": name, "provider_type": provider_type, "api_key": key}
        answer = self.http.post("/v1/llm-providers", json=body)
        if self._is_taken(name):
            assert answer.status_code == 409
            return
        self.deeds["create provider"] += 1
        made = done(answer, 201)
        self.plain.providers.append(PlainProvider(made["id"], name, provider_type, key=key))

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, name=NAMES)
    def rename_provider(self, pick: int, name: str) -> None:
        provider = self.provider(pick)
        answer = self._patch(provider, name=name)
        if self._is_taken(name, by_another_than=provider):
            assert answer.status_code == 409
            return
        self.deeds["rename provider"] += 1
        done(answer)
        provider.name = name

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, provider_type=st.sampled_from(TYPES), base_url=ADDRESSES, key=KEYS | st.none())
    def move_provider(self, pick: int, provider_type: str, base_url: str | None, key: str | None) -> None:
        self.deeds["move provider"] += 1
        provider = self.provider(pick)
        fields: Json = {"provider_type": provider_type, "base_url": base_url}
        done(self._patch(provider, **fields, **({"api_key": key} if key else {})))
        has_moved = (provider.provider_type, provider.base_url) != (provider_type, base_url)
        provider.provider_type, provider.base_url = provider_type, base_url
        if has_moved or key:
            provider.key = key  # the one before belonged to the address before

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, key=KEYS)
    def rotate_key(self, pick: int, key: str) -> None:
        self.deeds["rotate key"] += 1
        provider = self.provider(pick)
        done(self._patch(provider, api_key=key))
        provider.key = key

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK)
    def remove_key(self, pick: int) -> None:
        self.deeds["remove key"] += 1
        provider = self.provider(pick)
        done(self._patch(provider, api_key=None))
        provider.key = None

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, status=SWITCH)
    def switch_provider(self, pick: int, status: str) -> None:
        self.deeds["switch provider"] += 1
        provider = self.provider(pick)
        done(self._patch(provider, status=status))
        provider.status = status

    @precondition(lambda self: len(self.plain.providers) > 1)
    @rule(pick=PICK)
    def delete_provider(self, pick: int) -> None:
        self.deeds["delete provider"] += 1
        provider = self.provider(pick)
        assert self.http.delete(f"/v1/llm-providers/{provider.id}").status_code == 204
        self.plain.delete_provider(provider)

    def _patch(self, provider: PlainProvider, **fields: Any) -> httpx.Response:
        return self.http.patch(f"/v1/llm-providers/{provider.id}", json=fields)

    def _is_taken(self, name: str, by_another_than: PlainProvider | None = None) -> bool:
        others = [provider for provider in self.plain.providers if provider is not by_another_than]
        return name.casefold() in {provider.name.casefold() for provider in others}


class ModelDeeds(Story):
    """Models are added by hand, edited, switched, chosen, deleted and restored."""

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, model_id=st.sampled_from(MODEL_IDS), said=SAID)
    def add_model(self, pick: int, model_id: str, said: Said) -> None:
        provider = self.provider(pick)
        before = provider.models.get(model_id)
        answer = self._add(provider, model_id, said)
        if before is not None and not before.deleted:
            assert answer.status_code == 409
            return
        done(answer, 201)
        if before is None:
            self.deeds["add model"] += 1
            self.plain.put_on_the_roll(provider, model_id, "manual", said)
        else:
            self.deeds["restore model"] += 1
            self.plain.restore(before, said)

    @precondition(lambda self: self.plain.models(deleted=True))
    @rule(pick=PICK, said=SAID)
    def restore_model(self, pick: int, said: Said) -> None:
        self.deeds["restore model"] += 1
        provider, model = self.model(pick, deleted=True)
        done(self._add(provider, model.model_id, said), 201)
        self.plain.restore(model, said)

    @precondition(lambda self: self.plain.models())
    @rule(pick=PICK, name=st.sampled_from([None, "Edited", "Ours"]), capabilities=CAPABILITIES)
    def edit_model(self, pick: int, name: str | None, capabilities: dict[str, bool | None]) -> None:
        self.deeds["edit model"] += 1
        _, model = self.model(pick)
        done(self._change(model.id, display_name=name, capabilities=capabilities))
        model.edited_name = name
        for capability, value in capabilities.items():
            if value is None:
                model.edited.pop(capability, None)
            else:
                model.edited[capability] = value

    @precondition(lambda self: self.plain.models())
    @rule(pick=PICK, status=SWITCH)
    def switch_model(self, pick: int, status: str) -> None:
        self.deeds["switch model"] += 1
        _, model = self.model(pick)
        done(self._change(model.id, status=status))
        model.status = status

    @precondition(lambda self: self.plain.models())
    @rule(pick=PICK)
    def choose_default(self, pick: int) -> None:
        provider, model = self.model(pick)
        answer = self._change(model.id, is_default=True)
        if model.stale or "disabled" in {model.status, provider.status}:
            assert answer.status_code == 409
            return
        self.deeds["choose default"] += 1
        done(answer)
        self.plain.default = model

    @precondition(lambda self: self.plain.default)
    @rule()
    def clear_default(self) -> None:
        self.deeds["clear default"] += 1
        assert self.plain.default is not None
        done(self._change(self.plain.default.id, is_default=False))
        self.plain.default = None

    @precondition(lambda self: self.plain.models())
    @rule(pick=PICK)
    def delete_model(self, pick: int) -> None:
        self.deeds["delete model"] += 1
        _, model = self.model(pick)
        assert self.http.delete(f"/v1/llm-models/{model.id}").status_code == 204
        self.plain.delete_model(model)

    def _add(self, provider: PlainProvider, model_id: str, said: Said) -> httpx.Response:
        facts: Json = {"display_name": said.name, "capabilities": said.capabilities}
        known = provider.models.get(model_id)
        if known is None or known.source == "manual":
            facts["context_window"] = said.size
        return self.http.post(f"/v1/llm-providers/{provider.id}/models", json={"model_id": model_id, **facts})

    def _change(self, identity: str, **fields: Any) -> httpx.Response:
        return self.http.patch(f"/v1/llm-models/{identity}", json=fields)
