"""The base of every immutable value of the domain."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen pydantic model that refuses fields it does not know.

    ``hide_input_in_errors``: a validation error names the field and the rule, never the input, because an
    input can be a key in the wrong place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
