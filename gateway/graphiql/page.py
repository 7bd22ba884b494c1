"""The GraphiQL page and its files.

The files are built from pinned npm packages by `gateway.graphiql.build`. Where they have not been built, the page says
so and takes the same versions from a CDN.
"""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.graphiql import cdn

HERE: Final = Path(__file__).parent
STATIC_DIRECTORY: Final = HERE / "static"
MANIFEST_NAME: Final = "manifest.json"
NO_CACHE: Final = "no-cache"
A_YEAR: Final = "public, max-age=31536000, immutable"

# Monaco, GraphiQL's editor, places every line of text with a style attribute and writes its theme as style elements:
# without 'unsafe-inline' for styles Chromium refuses hundreds of them. Scripts get no such pardon.
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "connect-src": "'self'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}


class Assets(StaticFiles):
    """Files for the page. A folder that is not there yet is empty, since a build may still fill it."""

    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self.cache_control = cache_control

    async def check_config(self) -> None:
        """Accept a missing folder: its files are answered with 404."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file and say how long it holds; a worker takes its policy from its own file's answer."""
        response = await super().get_response(path, scope)
        # The manifest and the stamp keep their names from build to build.
        response.headers["Cache-Control"] = self.cache_control if path.endswith((".js", ".css")) else NO_CACHE
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'"
        return response


def graphiql_routes(static_directory: Path = STATIC_DIRECTORY) -> list[BaseRoute]:
    """Return the routes of the page's files, all below `/graphiql/`; hashed names may be kept for a year."""
    return [
        Mount("/graphiql/static", Assets(static_directory, A_YEAR), name="graphiql-static"),
        Mount("/graphiql/scripts", Assets(HERE / "scripts", NO_CACHE), name="graphiql-scripts"),
    ]


def graphiql_page(request: Request, static_directory: Path = STATIC_DIRECTORY) -> Response:
    """Return GraphiQL for the endpoint at the request's own address.

    The page works under a strict Content-Security-Policy with our own files, or, when `static_directory` holds no
    build, with the CDN's, which is then the only other host that the policy allows.
    """
    prefix = f"{request.scope.get('root_path', '')}/graphiql"
    manifest = static_directory / MANIFEST_NAME
    if manifest.is_file():
        names = json.loads(manifest.read_text())
        return respond("built.html", POLICY, {key: f"{prefix}/static/{name}" for key, name in names.items()})
    return respond(
        "cdn.html",
        cdn_policy(),
        {"script": f"{prefix}/scripts/cdn.js", "style": cdn.STYLE, "import_map": import_map(), "cdn": cdn.HOST},
    )


def respond(template: str, policy: dict[str, str], values: dict[str, str]) -> Response:
    page = read_template(template).substitute(values, examples=as_data_block(example_operations()))
    headers = {
        "Cache-Control": NO_CACHE,
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(page, headers=headers)


def cdn_policy() -> dict[str, str]:
    # A worker of another origin starts from a blob: that imports it.
    digest = b64encode(sha256(import_map().encode()).digest()).decode()
    return POLICY | {
        "script-src": f"'self' 'sha256-{digest}' {cdn.ORIGIN}",
        "worker-src": "blob:",
        "style-src": f"{POLICY['style-src']} {cdn.ORIGIN}",
    }


def import_map() -> str:
    return as_data_block({"imports": cdn.IMPORTS})


def as_data_block(value: object) -> str:
    # "</script>" inside a text would end the element.
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


@cache
def read_template(name: str) -> Template:
    return Template((HERE / "templates" / name).read_text(encoding="utf-8"))


@cache
def example_operations() -> tuple[str, ...]:
    """Return the operations that a first visitor finds in tabs, in the order of the tabs."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted((HERE / "examples").glob("*.graphql")))
