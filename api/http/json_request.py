"""A request whose body is refused as unreadable where reading it fails in a way that the framework misses."""

from typing import Any

from litestar import Request

from api.http.problems import HTTPProblem


class JsonRequest(Request[Any, Any, Any]):
    """Reads JSON (RFC 8259)."""

    async def json(self) -> Any:
        """The decoded body.

        Raises:
            HTTPProblem: 400, it is no UTF-8, or nested beyond what a decoder can follow.
        """
        try:
            return await super().json()
        except UnicodeDecodeError:
            raise HTTPProblem.malformed("The body must be JSON in UTF-8.") from None
        except RecursionError:
            raise HTTPProblem.malformed("The body is nested too deeply.") from None
