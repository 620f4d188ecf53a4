"""Find a vendor's own words in the body of its error."""

from collections.abc import Mapping


def error_object(body: object) -> Mapping[str, object]:
    """The ``error`` object of a body, or an empty one.

    OpenAI, Anthropic and Google all answer ``{"error": {…}}``; Google at times wraps it in an array of one.
    https://platform.openai.com/docs/guides/error-codes, https://platform.claude.com/docs/en/api/errors,
    https://google.aip.dev/193
    """
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def vendor_message(body: object) -> str | None:
    """The sentence meant for people, or ``None`` if the body holds none."""
    message = error_object(body).get("message")
    if isinstance(message, str) and message.strip():
        return message
    # Ollama and several proxies: {"error": "…"}, {"detail": "…"}, {"message": "…"}
    candidates = [body.get(name) for name in ("error", "detail", "message")] if isinstance(body, dict) else []
    return next((text for text in candidates if isinstance(text, str) and text.strip()), None)
