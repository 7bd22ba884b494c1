"""GraphiQL as a person meets it: a real browser opens the page, runs an example and sees a mistake named."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from gateway.graphiql.page import MANIFEST_NAME, STATIC_DIRECTORY, example_operations, graphiql_page, graphiql_routes

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
BUILT = (STATIC_DIRECTORY / MANIFEST_NAME).is_file()

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
needs_build = pytest.mark.skipif(not BUILT, reason="GraphiQL is not built: python -m gateway.graphiql.build")

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_INTERNET = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def page_over(static_directory: Path) -> Starlette:
    """The page alone, with files from elsewhere."""

    async def page(request: Request) -> Response:
        return graphiql_page(request, static_directory)

    return Starlette(routes=[*graphiql_routes(static_directory), HttpRoute("/graphql", page)])


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # A browser that comes before the server is ready waits in line.
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


# What a CDN is for the page here: modules that say that they came.
STAND_INS = {
    "react@": """
        export const createElement = (type, props, text) => type instanceof Function ? type(props) : text;
        export const useEffect = () => {};
    """,
    "react-dom@": "export const createRoot = place => ({ render: text => { place.textContent = text; } });",
    "graphiql@": """
        export const GraphiQL = ({ defaultTabs }) => `${defaultTabs.length} examples`;
        GraphiQL.Logo = 'div';
    """,
    "@graphiql/react@": "export const useMonaco = () => ({ monaco: {}, actions: {} });",
    "@graphiql/toolkit@": "export const createGraphiQLFetcher = () => null;",
    "monaco-": "export default () => null;",
}


def stand_in(route: Route) -> None:
    url = urlsplit(route.request.url)
    if url.path.endswith(".css"):
        route.fulfill(content_type="text/css", body=".notice { border-top: 3px solid rgb(1, 2, 3); }")
        return
    body = next(text for name, text in STAND_INS.items() if url.path.startswith(f"/{name}"))
    route.fulfill(content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"}, body=body)


@dataclass
class Watch:
    """What a page asked for and what it complained about."""

    hosts: set[str | None] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.listen)

    def listen(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.complaints.append(line.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, NO_INTERNET])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def best_talent(graphiql_url: str) -> str:
    """The name in the first answer to the example, asked for without a browser."""
    [example] = [operation for operation in example_operations() if "TalentByMeaning" in operation]
    answer = httpx.post(graphiql_url, json={"query": example}, timeout=60).json()
    name: str = answer["data"]["searchTalent"]["nodes"][0]["name"]
    return name


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 850})
    page = context.new_page()
    page.set_default_timeout(15_000)
    watch.follow(page)
    yield page
    context.close()


def choose(page: Page, operation: str) -> None:
    page.get_by_role("tab", name=operation).click()
    # GraphiQL takes note of a text's operation 100 ms after the last change to it.
    page.wait_for_timeout(400)


def run_operation(page: Page) -> None:
    page.get_by_role("button", name="Execute query").click()


def response_of(page: Page) -> Locator:
    return page.locator(".graphiql-response .view-lines")


@needs_build
def test_the_examples_wait_in_tabs_named_after_their_operations(page: Page, graphiql_url: str) -> None:
    page.goto(graphiql_url)
    expect(page.locator(".graphiql-tab-button")).to_have_text(
        ["JobsWithFacts", "TalentByMeaning", "EverythingAtOnce", "ADeepJoin"]
    )


@needs_build
def test_an_example_runs_and_shows_its_result(page: Page, graphiql_url: str, best_talent: str) -> None:
    page.goto(graphiql_url)
    choose(page, "TalentByMeaning")
    run_operation(page)
    expect(response_of(page)).to_contain_text(best_talent)


@needs_build
@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        ("JobsWithFacts", '"lexical"'),
        ("TalentByMeaning", '"hourlyRate"'),
        ("EverythingAtOnce", '"__typename"'),
        ("ADeepJoin", '"occupation"'),
    ],
)
def test_every_example_runs_without_an_error(page: Page, graphiql_url: str, operation: str, shown: str) -> None:
    page.goto(graphiql_url)
    choose(page, operation)
    run_operation(page)
    expect(response_of(page)).to_contain_text(shown)
    expect(response_of(page)).not_to_contain_text('"errors"')


@needs_build
def test_a_wrong_field_is_underlined_and_answered_with_an_error(page: Page, graphiql_url: str) -> None:
    page.goto(graphiql_url)
    page.get_by_role("button", name="New tab").click()
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("query Mistaken { wrongField }")
    expect(page.locator(".graphiql-query-editor .squiggly-error")).to_have_count(1)
    run_operation(page)
    expect(response_of(page)).to_contain_text("Cannot query field 'wrongField'")


@needs_build
def test_what_is_deferred_is_known_to_the_editor_and_put_into_the_answer(page: Page, graphiql_url: str) -> None:
    page.goto(graphiql_url)
    page.get_by_role("button", name="New tab").click()
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(
        'query Later { job(id: "job_000000") { id skills @stream(initialCount: 1) { id } ... @defer { title } } }'
    )
    run_operation(page)
    for shown in ('"skill_elementor"', '"skill_wordpress"', '"Speed up a slow Elementor site"'):
        expect(response_of(page)).to_contain_text(shown)
    expect(page.locator(".graphiql-query-editor .squiggly-error")).to_have_count(0)
    expect(response_of(page)).not_to_contain_text('"errors"')


@needs_build
def test_the_documentation_tells_what_a_field_is_for(page: Page, graphiql_url: str) -> None:
    page.goto(graphiql_url)
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.get_by_role("link", name="Query", exact=True).click()
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("searchTalent")


@needs_build
def test_the_history_keeps_what_was_run(page: Page, graphiql_url: str, best_talent: str) -> None:
    page.goto(graphiql_url)
    choose(page, "TalentByMeaning")
    run_operation(page)
    expect(response_of(page)).to_contain_text(best_talent)
    page.get_by_role("button", name="Show History").click()
    expect(page.locator(".graphiql-history-item-label")).to_have_text(["TalentByMeaning"])


@needs_build
def test_the_page_keeps_its_policy_and_asks_nobody_else(
    page: Page, watch: Watch, graphiql_url: str, best_talent: str
) -> None:
    page.goto(graphiql_url)
    choose(page, "TalentByMeaning")
    run_operation(page)
    expect(response_of(page)).to_contain_text(best_talent)
    page.get_by_role("button", name="Prettify query").click()
    page.get_by_role("button", name="Show Documentation Explorer").click()
    expect(page.locator(".graphiql-doc-explorer")).to_be_visible()
    assert watch.complaints == []
    assert {host for host in watch.hosts if host} == {"127.0.0.1"}


def test_without_a_build_the_page_says_so_and_takes_the_cdn(page: Page, watch: Watch, tmp_path: Path) -> None:
    page.route("https://esm.sh/**", stand_in)
    with served(page_over(tmp_path)) as url:
        page.goto(url)
        expect(page.get_by_role("status")).to_contain_text("python -m gateway.graphiql.build")
        expect(page.get_by_role("status")).to_have_css("border-top-color", "rgb(1, 2, 3)")
        expect(page.locator("#graphiql")).to_have_text("4 examples")
    assert watch.complaints == []
    assert {host for host in watch.hosts if host} == {"127.0.0.1", "esm.sh"}
