"""A server that speaks the protocol of embeddings, and misbehaves as it is told."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, NamedTuple

from tests.conftest import TopicEmbedder

NO_HEADERS: Mapping[str, str] = {}


class Reply(NamedTuple):
    """What is answered to one request, once `after` is set."""

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = NO_HEADERS
    after: Event | None = None


GOOD = Reply()
"""The vectors of the model of topics."""


class Asked(NamedTuple):
    """A request, as it came."""

    path: str
    authorization: str | None
    body: Any


class EmbeddingServer:
    """Answers with `replies`, one after the other, and then with GOOD; `asked` has what came."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/embeddings"
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []

    def texts(self) -> list[list[str]]:
        """The texts of every request."""
        return [one.body["input"] for one in self.asked]


@contextmanager
def embedding_server() -> Iterator[EmbeddingServer]:
    """Such a server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.asked.append(Asked(self.path, self.headers["Authorization"], body))
            reply = told.replies.pop(0) if told.replies else GOOD
            if reply.after is not None:
                reply.after.wait(60)
            content = embeddings(body["input"]) if reply.body is None else reply.body
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                # Whoever asked does not wait any more.
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """The tests' output stays theirs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = EmbeddingServer(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def embeddings(texts: Sequence[str], change: Callable[[list[Any]], Any] = list) -> bytes:
    """A right answer for texts, or one whose rows are changed. The last text comes first: the index counts."""
    rows = 3 * TopicEmbedder().embed(texts)
    data = [{"object": "embedding", "index": at, "embedding": row.tolist()} for at, row in enumerate(rows)]
    return json.dumps({"object": "list", "data": change(data[::-1]), "model": "topics", "usage": {}}).encode()
