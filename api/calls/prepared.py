"""From a routed call to the request that its vendor gets, and to how the answer is read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from adapters.drivers.calls.driver import CallDriver, CallModel, VendorRequest
from adapters.drivers.calls.passing import passed_through
from adapters.drivers.registry import BaseUrls
from api.calls.answer_stream import AnswerStream, TranslatedStream
from api.calls.asked import Asked
from api.calls.chat_foreign import without_foreign
from api.calls.decoded import BadCall, Decoded
from api.calls.passing_stream import PassingChat, PassingResponses
from api.calls.passing_usage import chat_usage, responses_usage
from api.calls.refusals import CallRefused, broken
from api.calls.responses import without_carried
from api.calls.spoken import Spoken
from domain.call import Broke, Ended, Inexpressible, Usage
from domain.conversation import Protocol
from domain.provider_type import ProviderType
from domain.routing import CalledProvider
from domain.secret import Secret

PROTOCOLS: Final[Mapping[ProviderType, Protocol]] = {
    ProviderType.OPENAI: Protocol.RESPONSES,
    ProviderType.OPENAI_COMPLETIONS: Protocol.CHAT,
    ProviderType.ANTHROPIC: Protocol.MESSAGES,
    ProviderType.GEMINI: Protocol.GENERATE_CONTENT,
}
"""Which protocol a provider type speaks, of those that are called over the network."""


class Prepared(NamedTuple):
    """A call that is ready to be sent.

    Attributes:
        request: what the vendor gets.
        secrets: the keys in it.
        whole: from an answer in one piece to the caller's, and what it cost. Raises CallRefused.
        stream: makes the way of a streamed answer.
    """

    request: VendorRequest
    secrets: Sequence[Secret]
    whole: Callable[[bytes], tuple[bytes, Usage]]
    stream: Callable[[], AnswerStream]


def prepared(
    spoken: Spoken,
    driver: CallDriver,
    asked: Asked,
    model: CallModel,
    provider: CalledProvider,
    key: Secret | None,
    base_urls: BaseUrls,
) -> Prepared:
    """Let the call pass through where the caller speaks the vendor's protocol, else translate it.

    Raises:
        CallRefused: 400, it cannot be read, or cannot be said in the vendor's protocol.
    """
    base_url = base_url_of(provider, base_urls)
    secrets = () if key is None else (key,)
    if driver.protocol is spoken.protocol:
        return _passing(driver, asked, model, key, base_url, secrets)
    wanted = decoded(spoken, asked)
    try:
        request = driver.request(wanted.call, model, key, base_url)
    except Inexpressible as error:
        raise inexpressible(wanted, error) from None

    def whole(body: bytes) -> tuple[bytes, Usage]:
        events = driver.whole(body, secrets)
        last = events[-1]
        answer = spoken.whole(events, wanted, model.model_id)
        return answer, last.usage if isinstance(last, Ended) else Usage()

    return Prepared(
        request,
        secrets,
        whole,
        lambda: TranslatedStream(driver.events(secrets), spoken.stream(wanted, model.model_id)),
    )


def decoded(spoken: Spoken, asked: Asked) -> Decoded:
    """The call in the neutral form. Raises CallRefused: 400, it cannot be read."""
    try:
        return spoken.decode(asked.body)
    except BadCall as error:
        raise CallRefused(400, "invalid_request", str(error), param=error.field) from None


def inexpressible(wanted: Decoded, error: Inexpressible) -> CallRefused:
    """The refusal of what a model's protocol cannot say, by the caller's own name of the field."""
    field = wanted.name_of(error.field)
    return CallRefused(400, "inexpressible", f"{field}: {error.reason}", param=field)


def base_url_of(provider: CalledProvider, base_urls: BaseUrls) -> str:
    """Where the provider is called."""
    if provider.base_url is not None:
        return provider.base_url
    match provider.provider_type:
        case ProviderType.OPENAI | ProviderType.OPENAI_COMPLETIONS:
            return base_urls.openai
        case ProviderType.ANTHROPIC:
            return base_urls.anthropic
        case ProviderType.GEMINI:
            return base_urls.gemini
        case ProviderType.SIMULATOR:
            raise LookupError("a simulator is nowhere: it is not called over the network")


def _passing(
    driver: CallDriver,
    asked: Asked,
    model: CallModel,
    key: Secret | None,
    base_url: str,
    secrets: Sequence[Secret],
) -> Prepared:
    fields: dict[str, Any] = {**asked.fields, "model": model.model_id}
    chat = driver.protocol is Protocol.CHAT
    hide_usage = chat and asked.stream and "stream_options" not in fields
    if hide_usage:
        # Without it a stream tells no usage; a caller who did not ask does not get to see it.
        fields["stream_options"] = {"include_usage": True}
    if chat and "messages" in fields:
        fields["messages"] = without_foreign(fields["messages"])
    if not chat and "input" in fields:
        fields["input"] = without_carried(fields["input"])
    body = msgspec.json.encode(fields)

    def whole(answer: bytes) -> tuple[bytes, Usage]:
        try:
            found = _WHOLE.decode(answer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            found = None
        if found is None or found.error:
            raise broken(_broke(driver, answer, secrets))
        return answer, chat_usage(found.usage) if chat else responses_usage(found.usage)

    return Prepared(
        passed_through(driver.protocol, body, key, base_url, stream=asked.stream),
        secrets,
        whole,
        lambda: PassingChat(secrets, hide_usage=hide_usage) if chat else PassingResponses(secrets),
    )


class _Whole(msgspec.Struct):
    usage: Any = None
    error: Any = None


_WHOLE: Final = msgspec.json.Decoder(_Whole)


def _broke(driver: CallDriver, answer: bytes, secrets: Sequence[Secret]) -> Broke:
    """What an answer that says 200 and holds an error, or is no JSON, comes to."""
    last = driver.whole(answer, secrets)[-1]
    return last if isinstance(last, Broke) else Broke("vendor_error", "the provider answered with an error")
