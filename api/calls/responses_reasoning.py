"""What a model wants back of its thoughts, as the ``encrypted_content`` of reasoning items.

The Responses protocol has callers send a reasoning item back as it came, so it carries what other protocols
want back: the signature of a block of thoughts, and that of a tool's call (Gemini's ``thoughtSignature``).
It is not encrypted: a signature is of no use without the organization's key, and the vendor checks it.
"""

import base64
import binascii
from typing import Final, NamedTuple

import msgspec

from domain.conversation import Protocol, Reasoning

_OURS: Final = "keyroll1."


class _Carried(msgspec.Struct, omit_defaults=True):
    protocol: Protocol
    text: str = ""
    signature: str | None = None
    redacted: bool = False
    id: str | None = None
    call: str | None = None


_CARRIED: Final = msgspec.json.Decoder(_Carried)
_INPUT: Final = msgspec.json.Decoder(list[msgspec.Raw])


class CallSignature(NamedTuple):
    """The signature of a tool's call, by the call's id."""

    call: str
    signature: str


def carried(reasoning: Reasoning) -> str:
    """The opaque form of a block of thoughts; of one that OpenAI encrypted itself, its own."""
    if reasoning.protocol is Protocol.RESPONSES and reasoning.signature is not None:
        return reasoning.signature
    return _encoded(
        _Carried(reasoning.protocol, reasoning.text, reasoning.signature, reasoning.redacted, reasoning.id)
    )


def carried_signature(signature: CallSignature) -> str:
    """The opaque form of a call's signature, which only Gemini gives."""
    return _encoded(_Carried(Protocol.GENERATE_CONTENT, signature=signature.signature, call=signature.call))


def opened(encrypted: str) -> Reasoning | CallSignature | None:
    """What was carried; None where it is a vendor's own.

    Raises:
        ValueError: it is ours, and does not come back as it went.
    """
    if not encrypted.startswith(_OURS):
        return None
    try:
        said = _CARRIED.decode(base64.b64decode(encrypted.removeprefix(_OURS), validate=True))
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError("it was changed on its way") from None
    if said.call is not None:
        return CallSignature(said.call, said.signature or "")
    return Reasoning(said.text, said.protocol, said.signature, said.redacted, said.id)


def without_carried(items: msgspec.Raw) -> msgspec.Raw:
    """The ``input`` of a call without what another vendor wants back, for one that passes through.

    OpenAI would refuse the whole call for one item that it cannot decrypt.
    """
    if _OURS.encode() not in bytes(items):
        return items
    try:
        kept = [item for item in _INPUT.decode(items) if not _is_carried(item)]
    except msgspec.MsgspecError:
        return items  # a text, or nothing that the vendor will take either
    return msgspec.Raw(msgspec.json.encode(kept))


def _is_carried(item: msgspec.Raw) -> bool:
    try:
        said = msgspec.json.decode(item, type=_MaybeReasoning)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return said.type == "reasoning" and (said.encrypted_content or "").startswith(_OURS)


class _MaybeReasoning(msgspec.Struct):
    type: str | None = None
    encrypted_content: str | None = None


def _encoded(said: _Carried) -> str:
    return _OURS + base64.b64encode(msgspec.json.encode(said)).decode()
