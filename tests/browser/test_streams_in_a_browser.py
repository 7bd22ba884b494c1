"""A real browser's own WebSocket and EventSource, which cannot be told what headers to send."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.support.serving import Served

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FOUND = {"data": {"searchJobs": {"totalCount": 120}}}
QUERY = "{ searchJobs { totalCount } }"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")

OVER_A_SOCKET = """([url, query]) => new Promise((resolve) => {
  const told = [];
  const socket = new WebSocket(url, "graphql-transport-ws");
  socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init" }));
  socket.onclose = ({ code }) => resolve({ told, code });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    told.push(message);
    if (message.type === "connection_ack")
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
    if (message.type === "complete") socket.close(1000);
  };
})"""
BY_EVENTS = """([url, query]) => new Promise((resolve) => {
  const told = [];
  const source = new EventSource(`${url}?query=${encodeURIComponent(query)}`);
  source.addEventListener("next", ({ data }) => told.push(JSON.parse(data)));
  source.addEventListener("complete", () => { source.close(); resolve(told); });
  source.onerror = () => { source.close(); resolve("error"); };
})"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


def test_a_page_of_the_gateway_asks_over_both(page: Page, server: Served) -> None:
    page.goto(f"{server.address}/health/live")
    address = f"{server.address}/graphql"
    told: Any = page.evaluate(OVER_A_SOCKET, [address.replace("http", "ws", 1), QUERY])
    assert told == {
        "told": [
            {"type": "connection_ack"},
            {"id": "1", "type": "next", "payload": FOUND},
            {"id": "1", "type": "complete"},
        ],
        "code": 1000,
    }
    assert page.evaluate(BY_EVENTS, [address, QUERY]) == [FOUND]


def test_a_page_of_another_origin_asks_over_none(page: Page, server: Served) -> None:
    # The same address is another origin by another name.
    page.goto(f"{server.address.replace('127.0.0.1', 'localhost')}/health/live")
    address = f"{server.address}/graphql"
    told: Any = page.evaluate(OVER_A_SOCKET, [address.replace("http", "ws", 1), QUERY])
    assert told == {"told": [], "code": 1006}
    assert page.evaluate(BY_EVENTS, [address, QUERY]) == "error"
