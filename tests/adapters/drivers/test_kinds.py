"""What real model ids are for."""

import pytest

from adapters.drivers import gemini_kind, openai_kind
from domain.listing import ModelKind

OPENAI = {
    ModelKind.CHAT: (
        "gpt-4 gpt-4-0613 gpt-4-turbo gpt-4-vision-preview gpt-4o gpt-4o-2024-11-20 gpt-4o-mini "
        "gpt-4.1-nano gpt-5 gpt-5-pro gpt-5-codex gpt-5.1 gpt-3.5-turbo gpt-3.5-turbo-0125 "
        "gpt-4o-search-preview gpt-oss-120b o1 o1-pro o3 o3-mini-2025-01-31 o3-deep-research o4-mini "
        "chatgpt-4o-latest codex-mini-latest computer-use-preview "
        "ft:gpt-4o-mini-2024-07-18:acme:tts-helper:Ab12 ft:gpt-3.5-turbo-0125:acme::9xYz"
    ),
    ModelKind.EMBEDDING: "text-embedding-3-small text-embedding-3-large text-embedding-ada-002",
    ModelKind.AUDIO: (
        "whisper-1 tts-1 tts-1-hd gpt-4o-audio-preview gpt-4o-mini-tts gpt-4o-transcribe "
        "gpt-4o-transcribe-diarize gpt-4o-mini-transcribe gpt-4o-realtime-preview-2025-06-03 "
        "gpt-realtime gpt-realtime-mini gpt-audio"
    ),
    ModelKind.IMAGE: "dall-e-2 dall-e-3 gpt-image-1 gpt-image-1-mini chatgpt-image-latest",
    ModelKind.VIDEO: "sora-2 sora-2-pro",
    ModelKind.MODERATION: "omni-moderation-latest omni-moderation-2024-09-26 text-moderation-stable",
    ModelKind.COMPLETION: (
        "babbage-002 davinci-002 gpt-3.5-turbo-instruct gpt-3.5-turbo-instruct-0914 text-davinci-003 "
        "ft:davinci-002:acme::8abc"
    ),
    ModelKind.UNKNOWN: "llama-3.3-70b mistral-large-latest o o1x my-gpt-4o ft:llama",
}


@pytest.mark.parametrize(
    ("kind", "model_id"), [(kind, name) for kind in OPENAI for name in OPENAI[kind].split()]
)
def test_an_openai_id_tells_the_kind(kind: ModelKind, model_id: str) -> None:
    assert openai_kind.kind_of(model_id) is kind


@pytest.mark.parametrize(
    ("name", "methods", "kind"),
    [
        ("models/gemini-2.5-pro", "generateContent countTokens batchGenerateContent", ModelKind.CHAT),
        ("models/gemini-2.5-flash-preview-tts", "countTokens generateContent", ModelKind.AUDIO),
        ("models/gemini-2.5-flash-image", "generateContent countTokens", ModelKind.IMAGE),
        ("models/gemini-2.5-flash-native-audio-latest", "countTokens bidiGenerateContent", ModelKind.AUDIO),
        ("models/gemini-embedding-001", "embedContent countTextTokens", ModelKind.EMBEDDING),
        ("models/embedding-gecko-001", "embedText countTextTokens", ModelKind.EMBEDDING),
        ("models/imagen-4.0-generate-001", "predict", ModelKind.IMAGE),
        ("models/veo-3.0-generate-001", "predictLongRunning", ModelKind.VIDEO),
        ("models/aqa", "generateAnswer", ModelKind.CHAT),
        ("models/text-bison-001", "generateText", ModelKind.COMPLETION),
        ("models/novelty", "doSomethingNew", ModelKind.UNKNOWN),
        ("models/silent", "", ModelKind.UNKNOWN),
    ],
)
def test_a_gemini_model_is_told_by_its_methods(name: str, methods: str, kind: ModelKind) -> None:
    assert gemini_kind.kind_of(name, frozenset(methods.split())) is kind
