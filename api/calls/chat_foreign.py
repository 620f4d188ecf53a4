"""Keeps what other vendors want back of their thoughts from a vendor of Chat Completions."""

from typing import Any, Final

import msgspec

from domain.conversation import Protocol

_MESSAGES: Final = msgspec.json.Decoder(list[msgspec.Raw])
_FIELD: Final = "reasoning_details"
_OURS: Final = frozenset(Protocol)
_WITH_THEM: Final = ("reasoning_content", "reasoning")
"""The same thoughts without their signatures."""


def without_foreign(messages: msgspec.Raw) -> msgspec.Raw:
    """The ``messages`` of a call that passes through, without the blocks of thoughts that Keyroll gave out.

    They are of no use to another vendor, and one that checks its fields would refuse the whole call. Another
    server's own ``reasoning_details`` (OpenRouter's) pass.
    """
    if _FIELD.encode() not in bytes(messages):
        return messages
    try:
        told = _MESSAGES.decode(messages)
    except msgspec.MsgspecError:
        return messages  # nothing that the vendor will take either
    return msgspec.Raw(msgspec.json.encode([_without_ours(message) for message in told]))


def _without_ours(message: msgspec.Raw) -> msgspec.Raw | dict[str, Any]:
    try:
        fields = msgspec.json.decode(message, type=dict[str, msgspec.Raw])
        details = msgspec.json.decode(fields[_FIELD], type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError):
        return message
    foreign = [detail for detail in details if not _is_ours(detail)]
    if len(foreign) == len(details):
        return message
    dropped = (*_WITH_THEM, _FIELD)
    kept: dict[str, Any] = {name: value for name, value in fields.items() if name not in dropped}
    return kept | {_FIELD: foreign} if foreign else kept


def _is_ours(detail: msgspec.Raw) -> bool:
    try:
        said = msgspec.json.decode(detail, type=_MaybeOurs)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return said.type == "reasoning" and said.protocol in _OURS


class _MaybeOurs(msgspec.Struct):
    type: str | None = None
    protocol: str | None = None
