"""A request whose body is read as its route declares it: each value of the very type that is declared."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from litestar import Request

from api.http.body_rules import broken_rule
from api.http.problems import HTTPProblem

T = TypeVar("T")


class JsonRequest(Request[Any, Any, Any]):
    """Reads JSON (RFC 8259). The framework itself would take ``"1"`` for 1, and ``"null"`` for null."""

    async def json(self) -> Any:
        """The body in the type that the route declares.

        Raises:
            HTTPProblem: 400, it is no JSON in UTF-8, or nested beyond what a decoder can follow.
            Invalid: a value breaks its rule.
        """
        body = await self.body()
        kind = self.scope["route_handler"].parsed_fn_signature.parameters["data"].annotation
        return _decoded(lambda: _decoder(kind).decode(body), kind)


def is_empty(body: bytes) -> bool:
    """Whether a body says nothing: no byte, or an object without a field.

    Raises:
        HTTPProblem: 400, it is no JSON in UTF-8, or nested beyond what a decoder can follow.
    """
    return not body or _decoded(lambda: msgspec.json.decode(body), object) == {}


def _decoded(decode: Callable[[], T], kind: Any) -> T:
    try:
        return decode()
    except msgspec.ValidationError as error:
        raise broken_rule(str(error), kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HTTPProblem.malformed("The body must be JSON in UTF-8.") from None
    except RecursionError:
        raise HTTPProblem.malformed("The body is nested too deeply.") from None


@lru_cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
