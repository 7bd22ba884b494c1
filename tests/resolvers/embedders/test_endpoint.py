"""A model behind an OpenAI-compatible address: how it is asked, and what becomes of its moods."""

import logging
from collections.abc import Iterator
from threading import Event
from typing import Any

import numpy as np
import pytest

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.embedders.breaker import FAILURES, REST_SECONDS, Breaker
from resolvers.sources.embedders.endpoint import BATCH_TEXTS, EndpointEmbedder, EndpointOptions
from tests.conftest import TopicEmbedder
from tests.support.embedding_server import GOOD, EmbeddingServer, Reply, embedding_server, embeddings

BUSY = Reply(429, b"slow down", {"Retry-After": "0"})


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with embedding_server() as running:
        yield running


def asking(server: EmbeddingServer, clock: Clock | None = None, **options: Any) -> EndpointEmbedder:
    given = {"patience_seconds": 30, "pauses": (0, 0)} | options
    return EndpointEmbedder(EndpointOptions(server.url, "topics", **given), Breaker(clock or Clock()))


def test_texts_are_asked_in_batches_and_come_back_in_their_order(server: EmbeddingServer) -> None:
    words = ["python", "logo", "writer", "sql"]
    texts = [f"{words[at % 4]} {at}" for at in range(2 * BATCH_TEXTS + 1)]
    model = asking(server, api_key="secret")
    found = model.embed([*texts[:3], " ", *texts[3:]])
    assert found[3].tolist() == [0, 0, 0, 0]
    assert np.delete(found, 3, axis=0).tolist() == TopicEmbedder().embed(texts).tolist()
    assert sorted(len(batch) for batch in server.texts()) == [1, BATCH_TEXTS, BATCH_TEXTS]
    [path], [key] = {one.path for one in server.asked}, {one.authorization for one in server.asked}
    assert (path, key) == ("/v1/embeddings", "Bearer secret")
    assert server.asked[0].body.keys() == {"model", "input", "encoding_format"}
    assert (server.asked[0].body["model"], server.asked[0].body["encoding_format"]) == ("topics", "float")


def test_only_the_head_of_a_text_is_sent_and_no_key_where_there_is_none(server: EmbeddingServer) -> None:
    asking(server).embed(["sql " * 500])
    assert [len(text) for [text] in server.texts()] == [600]
    assert server.asked[0].authorization is None


def test_the_dimension_is_asked_for_once(server: EmbeddingServer) -> None:
    model = asking(server)
    assert (model.name, model.dimension, model.dimension) == ("openai-topics", 4, 4)
    assert model.embed(["", " "]).shape == (2, 4)
    assert len(server.asked) == 1


def test_indexing_asks_a_busy_server_again(server: EmbeddingServer) -> None:
    server.replies += [BUSY, Reply(503)]
    assert asking(server).embed(["sql"]).tolist() == [[0, 0, 0, 1]]
    assert len(server.asked) == 3


def test_indexing_gives_up_at_last(server: EmbeddingServer) -> None:
    server.replies += [Reply(500, b"out of\n memory")] * 3
    with pytest.raises(SourceUnavailable, match=r"answered 500: out of memory$"):
        asking(server).embed(["sql"])
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401, b"who?"), "answered 401: who[?]; set GATEWAY_EMBEDDER_API_KEY"),
        (Reply(403, b""), "answered 403; set GATEWAY_EMBEDDER_API_KEY to a key that may use this model"),
        (Reply(404, b""), "answered 404; look whether GATEWAY_EMBEDDER has the right address and, behind #, the right"),
        (Reply(400, b"too long"), "answered 400: too long$"),
        (Reply(307, b"", {"Location": "http://127.0.0.1:1/"}), "answered 307$"),
        (Reply(body=b"<html>"), "did not answer with embeddings: "),
        (Reply(body=b'{"data": [{"index": 0}]}'), "did not answer with embeddings: .*embedding"),
        (Reply(body=embeddings(["sql"])), "was asked for 2 embeddings and gave 1$"),
        (Reply(body=embeddings(["sql", "sql"], lambda rows: [rows[0], rows[0]])), "for 2 embeddings and gave 2$"),
        (
            Reply(body=embeddings(["a", "b"], lambda rows: [rows[0] | {"embedding": [1]}, rows[1]])),
            r"lengths \[1, 4\]$",
        ),
        (Reply(body=embeddings(["a", "b"], lambda rows: [row | {"embedding": []} for row in rows])), r"lengths \[0\]$"),
        (
            Reply(body=embeddings(["a", "b"], lambda rows: [row | {"embedding": [1e300]} for row in rows])),
            "numbers that are too large$",
        ),
    ],
)
def test_what_another_attempt_would_not_mend_is_told_at_once(server: EmbeddingServer, reply: Reply, said: str) -> None:
    server.replies += [reply]
    with pytest.raises(SourceUnavailable, match=said):
        asking(server).embed(["sql", "logo"])
    assert len(server.asked) == 1


def test_batches_whose_vectors_differ_in_length_are_refused(server: EmbeddingServer) -> None:
    short = embeddings(["a"], lambda rows: [rows[0] | {"index": at, "embedding": [1, 0]} for at in range(BATCH_TEXTS)])
    server.replies += [Reply(body=short), Reply(body=embeddings(["sql"] * BATCH_TEXTS))]
    with pytest.raises(SourceUnavailable, match=r"vectors of different lengths: \[2, 4\]"):
        asking(server).embed(["sql"] * 2 * BATCH_TEXTS)


async def test_a_search_asks_once_and_leaves_a_broken_server_alone_for_a_while(
    server: EmbeddingServer, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    model = asking(server, clock)
    server.replies += [Reply(503, b"")] * FAILURES
    for _ in range(FAILURES):
        with pytest.raises(SourceUnavailable, match="answered 503"):
            await model.embed_queries(["sql"], Deadline())
    with pytest.raises(SourceUnavailable, match="left alone"):
        await model.embed_queries(["sql"], Deadline())
    assert len(server.asked) == FAILURES
    clock.now += REST_SECONDS
    caplog.set_level(logging.INFO)
    assert (await model.embed_queries(["sql"], Deadline())).tolist() == [[0, 0, 0, 1]]
    await model.close()
    told = [record.message for record in caplog.records if record.name.endswith("breaker")]
    assert told == [
        f"texts are matched by words alone: {server.url} answered 503",
        f"texts are matched by meaning again, after {FAILURES} failures",
    ]


async def test_a_search_does_not_wait_longer_than_it_may(server: EmbeddingServer) -> None:
    answer = Event()
    server.replies += [Reply(after=answer)] * 2
    hasty, patient = asking(server, patience_seconds=0.05), asking(server)
    try:
        for model, deadline in ((hasty, Deadline(60)), (patient, Deadline(0.05))):
            with pytest.raises(DeadlineExceeded, match=r"took more than 0\.0\d s for an embedding"):
                await model.embed_queries(["sql"], deadline)
    finally:
        answer.set()
        await hasty.close()
        await patient.close()


async def test_what_is_refused_is_the_fault_of_one_search(server: EmbeddingServer, caplog: Any) -> None:
    model = asking(server)
    server.replies += [Reply(400, b"no such text")] * FAILURES + [GOOD]
    for _ in range(FAILURES):
        with pytest.raises(SourceUnavailable, match="answered 400"):
            await model.embed_queries(["sql"], Deadline())
    assert (await model.embed_queries(["sql"], Deadline())).shape == (1, 4)
    await model.close()
    await model.close()
    assert "a text is matched by words alone" in caplog.text


async def test_where_nobody_listens_a_search_is_told_so() -> None:
    model = EndpointEmbedder(EndpointOptions("http://127.0.0.1:1/v1/embeddings", "topics"))
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await model.embed_queries(["sql"], Deadline())
    await model.close()
