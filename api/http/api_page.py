"""The API's description as a page that needs nothing from outside: no script, no font, no other host."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from litestar import Request, Response
from litestar.enums import OpenAPIMediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from api.http.problems import HTTPProblem
from api.http.problems_list import NOT_FOUND

_CODE = re.compile(r"``(.+?)``")
_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem }
summary { cursor: pointer } code { font-size: .92em } .method { display: inline-block; min-width: 4.2rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 } h2 { margin-top: 2rem }
td, th { border-top: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top }
"""


class ApiPage(OpenAPIRenderPlugin):
    """Renders the description as plain HTML for those who ask for HTML, as browsers do, else as JSON."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page: every operation, its parameters, its answers, every schema."""
        if "text/html" not in request.headers.get("accept", ""):
            return self.render_json(request, openapi_schema)
        title = escape(f"{openapi_schema['info']['title']} {openapi_schema['info']['version']}")
        json_url = escape(self.get_openapi_json_route(request))
        parts = [
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>",
            f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style><h1>{title}</h1>",
            f"<p>{escape(openapi_schema['info'].get('description', ''))}</p>",
            f"<p>For machines: <a href='{json_url}'>{json_url}</a>.</p><h2>Operations</h2>",
            *_operations(openapi_schema["paths"]),
            "<h2>Schemas</h2>",
            *_schemas(openapi_schema.get("components", {}).get("schemas", {})),
        ]
        return "".join(parts).encode()


async def with_its_type(response: Response[Any]) -> Response[Any]:
    """Give an answer under /schema its content's type; a path that leads nowhere is a problem as anywhere."""
    if response.status_code == NOT_FOUND.status:
        raise HTTPProblem(NOT_FOUND, "The API is described at /schema and /schema/openapi.json.")
    if response.content.startswith(b"{"):
        response.media_type = OpenAPIMediaType.OPENAPI_JSON
    response.headers["Vary"] = "Accept"
    return response


def _prose(text: str) -> str:
    """Escaped, with what stands in double backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _operations(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, operations in sorted(paths.items()):
        for method, operation in operations.items():
            if not isinstance(operation, dict):
                continue
            summary = _prose(operation.get("description") or operation.get("summary") or "")
            yield f"<details><summary><code class=method>{method.upper()}</code> <code>{escape(path)}</code>"
            yield f" <small>{summary.partition('.')[0]}</small></summary><p>{summary}</p>"
            yield from _table(
                "Parameter",
                (
                    (p["name"], f"in {p['in']}: {p.get('description', '')}")
                    for p in operation.get("parameters", [])
                ),
            )
            body = operation.get("requestBody", {}).get("content", {})
            yield from _table(
                "Body", ((kind, _type_of(content.get("schema", {}))) for kind, content in body.items())
            )
            yield from _table(
                "Answer", ((status, _answer(found)) for status, found in operation["responses"].items())
            )
            yield "</details>"


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        yield f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>"
        yield f"<p>{_prose(schema.get('description', ''))}</p>"
        if "enum" in schema:
            yield f"<p>One of: {escape(', '.join(map(str, schema['enum'])))}</p>"
        required = schema.get("required", [])
        fields = schema.get("properties", {})
        yield from _table(
            "Field",
            (
                (field, _type_of(kind) + ("" if field in required else ", optional"))
                for field, kind in fields.items()
            ),
        )
        yield "</details>"


def _table(heading: str, rows: Iterator[tuple[str, str]]) -> Iterator[str]:
    cells = [f"<tr><td><code>{escape(left)}</code><td>{escape(right)}" for left, right in rows]
    if cells:
        yield f"<table><tr><th>{heading}<th>{''.join(cells)}</table>"


def _answer(found: Mapping[str, Any]) -> str:
    kinds = [_type_of(content.get("schema", {})) for content in found.get("content", {}).values()]
    return ": ".join(filter(None, [", ".join(kinds), found.get("description", "")]))


def _type_of(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(map(_type_of, choices))
    if schema.get("type") == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    return str(schema.get("format") or schema.get("type") or "anything")
