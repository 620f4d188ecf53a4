"""What people may say of a model."""

from typing import Annotated, Any

import msgspec
from pydantic import ValidationError

from domain import names
from domain.change import KEEP
from domain.edits import MOST_CAPABILITIES, Edits
from domain.errors import Invalid
from domain.listing import ListedModel, ModelFacts, ModelKind
from domain.model import ChangeModel as Change
from domain.provider import Status

Modality = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]{1,40}$", description="As text or image.")]
Modalities = Annotated[list[Modality], msgspec.Meta(max_length=20)]


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


class ChangeModel(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What to change; a field left out stays.

    ``display_name`` null returns to the vendor's word, and so does a capability that is null.
    """

    display_name: str | msgspec.UnsetType | None = msgspec.UNSET
    capabilities: dict[str, bool | None] | msgspec.UnsetType = msgspec.UNSET
    status: Status | msgspec.UnsetType = msgspec.UNSET
    is_default: bool | msgspec.UnsetType = msgspec.UNSET


def said_of(body: AddModel) -> tuple[str, ModelFacts]:
    """The vendor's id, trimmed, and the facts as a person states them.

    Raises:
        Invalid: a field breaks its rule.
    """
    for field in ("context_window", "max_output_tokens"):
        tokens = getattr(body, field)
        if tokens is not None and not 0 < tokens <= 2**31 - 1:
            raise Invalid(field, "must be a positive number of tokens")
    said: dict[str, Any] = msgspec.structs.asdict(body)
    said["display_name"] = (
        None if body.display_name is None else names.name(body.display_name, "display_name")
    )
    try:
        facts = ModelFacts(**{field: value for field, value in said.items() if field != "model_id"})
        listed = ListedModel(model_id=body.model_id.strip(), facts=facts)
    except ValidationError as error:
        raise _invalid(error) from None
    return listed.model_id, listed.facts


def change_of(body: ChangeModel) -> Change:
    """The change that a person asks for.

    Raises:
        Invalid: a field breaks its rule.
    """
    display_name: Any = KEEP if body.display_name is msgspec.UNSET else body.display_name
    if isinstance(display_name, str):
        display_name = names.name(display_name, "display_name")
    if isinstance(body.capabilities, dict):
        try:
            Edits(capabilities={name: bool(value) for name, value in body.capabilities.items()})
        except ValidationError as error:
            raise _invalid(error) from None
    return Change(
        display_name=display_name,
        capabilities=KEEP if isinstance(body.capabilities, msgspec.UnsetType) else body.capabilities,
        status=KEEP if isinstance(body.status, msgspec.UnsetType) else body.status,
    )


def _invalid(error: ValidationError) -> Invalid:
    field = str(error.errors(include_input=False, include_url=False)[0]["loc"][0])
    rules = {
        "capabilities": "must be named as vision or thinking.adaptive: a-z, 0-9, _ and dots",
        "model_id": "must have 1 to 512 characters, none of them a control character",
    }
    return Invalid(field, rules.get(field, "is not valid"))
