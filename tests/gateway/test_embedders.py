"""The embedder that the settings name: from the index to the answer, and what happens when it is away."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from gateway.embedders import check_embedder, embedder, embedder_of, plain_embedder
from gateway.engines import check_source
from gateway.evaluation.run import evaluate
from gateway.jobs import apply_changes, index_for
from gateway.settings import Settings, SettingsError
from indexing.progress import SilentProgress
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import RetrievalMode
from resolvers.sources.embedded.layout import Layout
from tests.gateway.test_evaluation import write_set
from tests.indexing.feeds import write_feed
from tests.support.asking import Asking, asking
from tests.support.embedding_server import EmbeddingServer, Reply, embedding_server
from tests.support.sentence_models import write_topics

SEARCH = """query($text: String!, $first: Int = 20) {
  searchJobs(query: $text, first: $first) { meta { mode degraded reasons } ignored { reason } nodes { id } }
}"""


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with embedding_server() as running:
        yield running


def indexed(settings: Settings, feed: Path) -> None:
    index_for([feed], settings, "embedded", strict=False, embeddings=True, progress=SilentProgress())


def asked_at(server: EmbeddingServer, folder: Path) -> Settings:
    return Settings(
        data_dir=folder / "index",
        embedder=f"{server.url}#topics",
        embedder_api_key=SecretStr("secret"),
        embedder_timeout_seconds=60,
    )


async def searched(gateway: Asking, text: str, first: int = 20) -> Any:
    found = (await gateway.data(SEARCH, text=text, first=first))["searchJobs"]
    assert found.pop("nodes") is not None
    return found


async def test_an_endpoint_embeds_the_catalog_and_queries_and_searches_go_on_without_it(
    server: EmbeddingServer, tmp_path: Path
) -> None:
    settings = asked_at(server, tmp_path)
    await asyncio.to_thread(indexed, settings, write_feed(tmp_path / "feed"))
    server.asked.clear()
    by_both = {"meta": {"mode": "HYBRID", "degraded": False, "reasons": []}, "ignored": []}
    by_words = {
        "meta": {"mode": "LEXICAL", "degraded": True, "reasons": ["MEANING_UNAVAILABLE"]},
        "ignored": [{"reason": "MEANING_UNAVAILABLE"}],
    }
    async with asking(None, settings) as gateway:
        assert await searched(gateway, "python") == by_both
        assert await searched(gateway, "python", first=1) == by_both
        server.replies += [Reply(503, b"")]
        assert await searched(gateway, "logo") == by_words
        assert await searched(gateway, "logo") == by_both
    # What was asked for once is remembered, and a failure is not.
    assert server.texts() == [["python"], ["logo"], ["logo"]]
    assert {one.authorization for one in server.asked} == {"Bearer secret"}


def test_what_an_endpoint_refuses_leaves_the_index_as_it_was(server: EmbeddingServer, tmp_path: Path) -> None:
    server.replies += [Reply(401, b"")] * 9
    with pytest.raises(SourceUnavailable, match="answered 401; set GATEWAY_EMBEDDER_API_KEY"):
        indexed(asked_at(server, tmp_path), write_feed(tmp_path / "feed"))
    assert Layout(tmp_path / "index").current() is None


async def test_an_index_of_another_model_is_refused_by_whatever_uses_it(tmp_path: Path) -> None:
    write_topics(tmp_path / "model")
    made = Settings(data_dir=tmp_path / "index", embedder=f"onnx:{tmp_path / 'model'}")
    await asyncio.to_thread(indexed, made, write_feed(tmp_path / "feed"))
    default = Settings(data_dir=tmp_path / "index")
    said = r"has vectors of the model onnx-4-\w+, and this gateway has wordllama-256-singular; set GATEWAY_EMBEDDER"
    changes = tmp_path / "changes.ndjson"
    changes.write_text('{"op": "delete", "version": 1, "id": "job_1"}\n')
    with pytest.raises(SourceUnavailable, match=said):
        apply_changes([changes], default, strict=False, progress=SilentProgress())
    with pytest.raises(SourceUnavailable, match=said):
        evaluated(write_set(tmp_path / "set"), default, catalog=tmp_path / "index")
    async with asking(None, default) as gateway:
        error = await gateway.error(SEARCH, text="python")
        assert (await gateway.http.get("/health/ready")).status_code == 503
    assert error["extensions"]["code"] == "SOURCE_UNAVAILABLE"
    assert re.search(said, error["message"])
    async with asking(None, made) as gateway:
        assert (await searched(gateway, "python"))["meta"]["mode"] == "HYBRID"


def test_an_evaluation_measures_the_model_of_the_settings(tmp_path: Path) -> None:
    write_topics(tmp_path / "model")
    settings = Settings(embedder=f"onnx:{tmp_path / 'model'}")
    corpus = [("n1", "", "python", None), ("n2", "", "logo", None)]
    folder = write_set(tmp_path / "set", corpus, [("q1", "django")], ["q1\tn1\t1"])
    first, _, semantic = evaluated(folder, settings)
    assert first.endswith(plain_embedder(settings).name)
    assert semantic.split()[:2] == ["SEMANTIC", "1.0000"]
    with pytest.raises(SourceUnavailable, match="has no vectors: index its catalog with embeddings"):
        evaluated(folder, settings, catalog=without_vectors(tmp_path))


def evaluated(folder: Path, settings: Settings, catalog: Path | None = None) -> Sequence[str]:
    modes = [RetrievalMode.SEMANTIC]
    how: Any = {"grouped": False, "catalog": catalog, "json": None, "plot": None, "progress": SilentProgress()}
    return evaluate(folder, modes, settings=settings, **how)


def without_vectors(tmp_path: Path) -> Path:
    settings = Settings(data_dir=tmp_path / "words")
    feed = write_feed(tmp_path / "feed")
    index_for([feed], settings, "embedded", strict=False, embeddings=False, progress=SilentProgress())
    return settings.data_dir


def test_the_model_of_the_settings_is_loaded_once(server: EmbeddingServer, tmp_path: Path) -> None:
    settings = asked_at(server, tmp_path)
    assert embedder_of(settings) is embedder_of(settings)
    assert embedder_of(Settings()) is plain_embedder(Settings()) is embedder()
    assert plain_embedder(settings).name == embedder_of(settings).name == "openai-topics"


def test_a_folder_that_is_none_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    settings = Settings(embedder=f"onnx:{tmp_path / 'nowhere'}")
    said = f"GATEWAY_EMBEDDER=onnx:{tmp_path}/nowhere: {tmp_path}/nowhere is no folder"
    for used in (check_embedder, check_source):
        with pytest.raises(SettingsError, match=re.escape(said)):
            used(settings)


@pytest.mark.parametrize(
    "choice",
    ["", "onnx:", "onnx", "minilm", "https://host/v1/embeddings", "https://host#", "ftp://host/v1#m", "https://#m"],
)
def test_what_names_no_model_is_refused(choice: str) -> None:
    with pytest.raises(ValidationError):
        Settings(embedder=choice)
