"""What an OpenAI model is for, told by its id, since the listing does not say.

https://platform.openai.com/docs/models
"""

import re

from domain.listing import ModelKind

# The first row whose pattern the id begins with decides, so the narrow ones come first.
_TABLE: tuple[tuple[str, ModelKind], ...] = (
    (r"text-embedding-|text-similarity-|text-search-|code-search-", ModelKind.EMBEDDING),
    (r"omni-moderation-|text-moderation-", ModelKind.MODERATION),
    (r"whisper-|tts-", ModelKind.AUDIO),
    (r"gpt-(?:[^:]*-)?(?:audio|realtime|transcribe|tts|translate)\b", ModelKind.AUDIO),
    (r"dall-e-|gpt-image-|chatgpt-image-", ModelKind.IMAGE),
    (r"sora-", ModelKind.VIDEO),
    (r"babbage-|davinci-|curie-|ada-|text-(?:davinci|curie|babbage|ada)-", ModelKind.COMPLETION),
    (r"gpt-3\.5-turbo-instruct\b", ModelKind.COMPLETION),
    (r"gpt-|chatgpt-|o[1-9][0-9]*(?:-|$)|codex-|computer-use-", ModelKind.CHAT),
)

_PATTERN = re.compile("|".join(f"({pattern})" for pattern, _ in _TABLE))
_KINDS = tuple(kind for _, kind in _TABLE)


def kind_of(model_id: str) -> ModelKind:
    """The kind of a model with this id; a fine-tuned model (``ft:base:…``) is of its base's kind."""
    found = _PATTERN.match(model_id.removeprefix("ft:"))
    return _KINDS[found.lastindex - 1] if found and found.lastindex else ModelKind.UNKNOWN
