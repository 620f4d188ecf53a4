"""What people may say of a model."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

import msgspec
from pydantic import ValidationError

from api.http.body_rules import RULE
from domain import names
from domain.change import KEEP, Change
from domain.edits import MOST_CAPABILITIES, Edits
from domain.errors import Invalid
from domain.listing import ListedModel, ModelFacts, ModelKind
from domain.model import ChangeModel as ModelChange
from domain.prices import Prices, dollars
from domain.provider import Status

Modality = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9_-]{1,40}$",
        description="As text or image.",
        extra={RULE: "a word as text or image: 1 to 40 of a-z, 0-9, _ and -"},
    ),
]
Modalities = Annotated[list[Modality], msgspec.Meta(max_length=20)]
Amount = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?$",
        description="US dollars, as 1.25, in a text.",
        extra={RULE: 'US dollars in a text, as "1.25", with up to 9 digits before the point and 9 behind it'},
    ),
]
Instant = Annotated[datetime, msgspec.Meta(tz=True, description="With its offset, as 2027-01-31T00:00:00Z.")]

_MOST_TOKENS: Final = 2**31 - 1
_FIRST_INSTANT: Final = datetime(1971, 1, 1, tzinfo=UTC)
_END_OF_TIME: Final = datetime(9999, 12, 31, tzinfo=UTC)

T = TypeVar("T")
Said = TypeVar("Said")


class SaidPrices(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """US dollars per million tokens. At least one price; what is left out, nobody says."""

    input: Amount | None = None
    output: Amount | None = None
    cached_input: Amount | None = None
    cache_write: Amount | None = None


class AddModel(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A model to put on the roll by hand. ``model_id`` is what the provider calls it."""

    model_id: str
    display_name: str | None = None
    kind: ModelKind = ModelKind.UNKNOWN
    context_window: int | None = None
    max_output_tokens: int | None = None
    input_modalities: Modalities | None = None
    output_modalities: Modalities | None = None
    capabilities: Annotated[dict[str, bool], msgspec.Meta(max_length=MOST_CAPABILITIES)] = {}
    prices: SaidPrices | None = None
    retires_at: Instant | None = None


class ChangeModel(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to change; a field left out stays.

    Null returns a field to the vendor's word, and so does a capability that is null. ``prices`` are set as a
    whole.
    """

    display_name: str | msgspec.UnsetType | None = msgspec.UNSET
    capabilities: dict[str, bool | None] | msgspec.UnsetType = msgspec.UNSET
    context_window: int | msgspec.UnsetType | None = msgspec.UNSET
    max_output_tokens: int | msgspec.UnsetType | None = msgspec.UNSET
    prices: SaidPrices | msgspec.UnsetType | None = msgspec.UNSET
    retires_at: Instant | msgspec.UnsetType | None = msgspec.UNSET
    status: Status | msgspec.UnsetType = msgspec.UNSET
    is_default: bool | msgspec.UnsetType = msgspec.UNSET


def said_of(body: AddModel) -> tuple[str, ModelFacts]:
    """The vendor's id, trimmed, and the facts as a person states them.

    Raises:
        Invalid: a field breaks its rule.
    """
    said: dict[str, Any] = msgspec.structs.asdict(body)
    model_id = said.pop("model_id").strip()
    for field, rule in _RULES.items():
        said[field] = None if said[field] is None else rule(said[field])
    try:
        listed = ListedModel(model_id=model_id, facts=ModelFacts(**said))
    except ValidationError as error:
        raise _invalid(error) from None
    return listed.model_id, listed.facts


def change_of(body: ChangeModel) -> ModelChange:
    """The change that a person asks for.

    Raises:
        Invalid: a field breaks its rule.
    """
    if isinstance(body.capabilities, dict):
        try:
            Edits(capabilities={name: bool(value) for name, value in body.capabilities.items()})
        except ValidationError as error:
            raise _invalid(error) from None
    return ModelChange(
        display_name=_change(body.display_name, _name),
        capabilities=KEEP if isinstance(body.capabilities, msgspec.UnsetType) else body.capabilities,
        context_window=_change(body.context_window, _context_window),
        max_output_tokens=_change(body.max_output_tokens, _max_output_tokens),
        prices=_change(body.prices, _prices),
        retires_at=_change(body.retires_at, _retirement),
        status=KEEP if isinstance(body.status, msgspec.UnsetType) else body.status,
    )


def _change(said: Said | msgspec.UnsetType | None, rule: Callable[[Said], T]) -> Change[T | None]:
    if isinstance(said, msgspec.UnsetType):
        return KEEP
    return None if said is None else rule(said)


def _name(said: str) -> str:
    return names.name(said, "display_name")


def _context_window(said: int) -> int:
    return _tokens("context_window", said)


def _max_output_tokens(said: int) -> int:
    return _tokens("max_output_tokens", said)


def _tokens(field: str, said: int) -> int:
    if not 0 < said <= _MOST_TOKENS:
        raise Invalid(field, f"must be a whole number of tokens from 1 to {_MOST_TOKENS}")
    return said


def _prices(said: SaidPrices) -> Prices:
    stated = {
        field: dollars(Decimal(amount))
        for field, amount in msgspec.structs.asdict(said).items()
        if amount is not None
    }
    if not stated:
        raise Invalid("prices", "must state at least one price; null returns to the vendor's word")
    return Prices(**stated)


def _retirement(said: datetime) -> datetime:
    # Compared before it is turned to UTC, for at the ends of time that fails.
    if not _FIRST_INSTANT <= said < _END_OF_TIME:
        raise Invalid("retires_at", "must lie between 1971-01-01T00:00:00Z and 9999-12-30T23:59:59Z")
    return said.astimezone(UTC)


_RULES: Final[dict[str, Callable[[Any], object]]] = {
    "display_name": _name,
    "context_window": _context_window,
    "max_output_tokens": _max_output_tokens,
    "prices": _prices,
    "retires_at": _retirement,
}


def _invalid(error: ValidationError) -> Invalid:
    field = str(error.errors(include_input=False, include_url=False)[0]["loc"][0])
    rules = {
        "capabilities": "must be named as vision or thinking.adaptive: a-z, 0-9, _ and dots",
        "model_id": "must have 1 to 512 characters, none of them a control character",
    }
    return Invalid(field, rules.get(field, "is not valid"))
