"""Every answer that a test gets is held to what the API's description says of it."""

import re
from typing import Any

import httpx

from tests.support.json_schema import faults


class DocumentedAnswers:
    """The description of a running Keyroll.

    Args:
        url: where it is.
    """

    def __init__(self, url: str) -> None:
        self.description: dict[str, Any] = httpx.get(f"{url}/schema/openapi.json", trust_env=False).json()
        self.schemas: dict[str, Any] = self.description["components"]["schemas"]
        # A fixed path wins over one with a parameter, as /v1/llm-models/default does.
        templates = sorted(self.description["paths"], key=lambda path: path.count("{"))
        self._paths = [(_pattern(path), self.description["paths"][path]) for path in templates]

    def check(self, response: httpx.Response) -> None:
        """Fail unless the answer's status, media type and body are documented for its route."""
        response.read()
        operation = self._operation(response.request)
        if operation is None:
            return
        asked = f"{response.request.method} {response.request.url.path} → {response.status_code}"
        documented = operation["responses"].get(str(response.status_code))
        assert documented is not None, f"{asked} is not documented: {response.text}"
        if not documented.get("content"):
            assert response.content == b"", f"{asked} is documented to have no body"
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in documented["content"], f"{asked} comes as {media_type}"
        body = response.json() if media_type.endswith("json") else response.text
        found = faults(body, documented["content"][media_type]["schema"], self.schemas)
        assert found == [], f"{asked} is not as documented"

    def _operation(self, request: httpx.Request) -> dict[str, Any] | None:
        for pattern, operations in self._paths:
            if pattern.fullmatch(request.url.path):
                found: dict[str, Any] | None = operations.get(request.method.lower())
                return found
        return None


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
