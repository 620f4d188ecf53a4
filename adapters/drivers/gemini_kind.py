"""What a Gemini model is for, told by the methods it supports, and by its name where methods are shared.

https://ai.google.dev/api/models, https://ai.google.dev/gemini-api/docs/models
"""

from domain.listing import ModelKind

# The first row of which a model supports a method decides.
_BY_METHOD = (
    ("generateContent", ModelKind.CHAT),
    ("embedContent", ModelKind.EMBEDDING),
    ("embedText", ModelKind.EMBEDDING),
    ("predictLongRunning", ModelKind.VIDEO),
    ("predict", ModelKind.IMAGE),
    ("bidiGenerateContent", ModelKind.AUDIO),
    ("generateAnswer", ModelKind.CHAT),
    ("generateMessage", ModelKind.CHAT),
    ("generateText", ModelKind.COMPLETION),
)

# Speech and image models answer generateContent as well; only the name tells them from chat.
_BY_MARK = (("-tts", ModelKind.AUDIO), ("-image", ModelKind.IMAGE), ("-embedding", ModelKind.EMBEDDING))


def kind_of(name: str, methods: frozenset[str]) -> ModelKind:
    """The kind of a model with this name and these ``supportedGenerationMethods``."""
    kind = next((kind for method, kind in _BY_METHOD if method in methods), ModelKind.UNKNOWN)
    if kind is ModelKind.CHAT:
        return next((marked for mark, marked in _BY_MARK if mark in name), kind)
    return kind
