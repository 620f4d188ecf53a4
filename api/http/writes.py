"""What the descriptions of writing and reading routes have in common."""

from typing import Annotated, Final

from litestar.params import HeaderParameter

from api.http import problems_list as kinds
from api.http.problems_list import ProblemType

IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", description="The ETag that the object must have: else 412."),
]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A repeated request with the same key is answered, not done again.",
    ),
]

READ: Final[tuple[ProblemType, ...]] = (
    kinds.MALFORMED,
    kinds.UNAUTHENTICATED,
    kinds.FORBIDDEN,
    kinds.UNAVAILABLE,
    kinds.INTERNAL,
)
WRITE: Final[tuple[ProblemType, ...]] = (
    *READ,
    kinds.KEY_IN_USE,
    kinds.KEY_REUSED,
    kinds.TOO_LARGE,
    kinds.MEDIA_TYPE,
    kinds.INVALID,
    kinds.BUSY,
)
CHANGE: Final[tuple[ProblemType, ...]] = (*WRITE, kinds.NOT_FOUND, kinds.VERSION_MISMATCH)
