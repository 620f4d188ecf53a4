"""Vendors' listing servers on 127.0.0.1, in the shapes their documentation gives, for the tests.

``with OpenAIServer(key="sk-test", models=OPENAI_MODELS) as vendor: vendor.base_url``. A server checks the
key, pages as its vendor does, keeps what it was asked in ``requests``, and misbehaves when told to:
``fail_next``, ``send_next``, ``hang_next``.
"""

from tests.support.scripted_server import Json, Reply, Request, VendorServer, json_reply

__all__ = ["AnthropicServer", "GeminiServer", "OpenAIServer", "VendorServer"]


class OpenAIServer(VendorServer):
    """https://platform.openai.com/docs/api-reference/models/list."""

    base_path = "/v1"

    def accepts(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def rejection(self) -> Reply:
        message = "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."
        return json_reply(401, self.error_body(401, message))

    def list_page(self, request: Request) -> Reply:
        traced = {"x-request-id": request.headers.get("x-client-request-id", f"req_{len(self.requests)}")}
        return json_reply(200, {"object": "list", "data": self.models}, traced)

    def error_body(self, status: int, message: str) -> Json:
        code = {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}


class AnthropicServer(VendorServer):
    """https://platform.claude.com/docs/en/api/models-list."""

    path = "/v1/models"

    def accepts(self, request: Request) -> bool:
        return request.headers.get("x-api-key") == self.key and "anthropic-version" in request.headers

    def rejection(self) -> Reply:
        return json_reply(401, self.error_body(401, "invalid x-api-key"))

    def list_page(self, request: Request) -> Reply:
        after = request.query.get("after_id")
        start = next((place for place, row in enumerate(self.models, 1) if row["id"] == after), 0)
        size = min(self.page_size, int(request.query.get("limit", "20")))
        rows = self.models[start : start + size]
        ends = {"first_id": rows[0]["id"] if rows else None, "last_id": rows[-1]["id"] if rows else None}
        return json_reply(200, {"data": rows, "has_more": start + size < len(self.models), **ends})

    def error_body(self, status: int, message: str) -> Json:
        kinds = {
            401: "authentication_error",
            403: "permission_error",
            429: "rate_limit_error",
            529: "overloaded_error",
        }
        error = {"type": kinds.get(status, "api_error"), "message": message}
        return {"type": "error", "error": error, "request_id": f"req_{len(self.requests)}"}


class GeminiServer(VendorServer):
    """https://ai.google.dev/api/models."""

    base_path = "/v1beta"

    def accepts(self, request: Request) -> bool:
        return request.headers.get("x-goog-api-key") == self.key

    def rejection(self) -> Reply:
        body = self.error_body(400, "API key not valid. Please pass a valid API key.")
        reason = {"reason": "API_KEY_INVALID", "domain": "googleapis.com"}
        body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **reason}]
        return json_reply(400, body)

    def list_page(self, request: Request) -> Reply:
        start = int(request.query.get("pageToken", "0"))
        end = start + min(self.page_size, int(request.query.get("pageSize", "50")))
        more = {"nextPageToken": str(end)} if end < len(self.models) else {}
        rows = {"models": self.models[start:end]} if self.models else {}  # Google leaves empty lists out
        return json_reply(200, {**rows, **more})

    def error_body(self, status: int, message: str) -> Json:
        names = {
            400: "INVALID_ARGUMENT",
            403: "PERMISSION_DENIED",
            429: "RESOURCE_EXHAUSTED",
            503: "UNAVAILABLE",
        }
        return {"error": {"code": status, "message": message, "status": names.get(status, "INTERNAL")}}
