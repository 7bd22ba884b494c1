"""Sentence models of a few numbers, made for a test, and what they have to compute, in plain numpy."""

import json
from collections.abc import Mapping, Sequence
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from tests.conftest import TopicEmbedder

Matrix = NDArray[np.float32]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted(word for topic in TopicEmbedder.topics for word in topic)]
CONFIG: Mapping[str, Any] = {
    "model_type": "bert",
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 16,
}


def write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def write_tokenizer(folder: Path) -> None:
    """A tokenizer of whole words, which has lengths of its own that do not count."""
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
    )
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=9)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_pooling(folder: Path, mode: str = "pooling_mode_mean_tokens", most_tokens: int = 8) -> None:
    modules = ["Transformer", "Pooling", "Normalize"]
    kinds = [
        {"path": "1_Pooling" * (name == "Pooling"), "type": f"sentence_transformers.models.{name}"} for name in modules
    ]
    write_json(folder / "modules.json", kinds)
    write_json(folder / "1_Pooling/config.json", {mode: True, "pooling_mode_weightedmean_tokens": False})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": most_tokens})


def write_bert(folder: Path, seed: int = 1, prefix: str = "", **config: Any) -> dict[str, Matrix]:
    """A BERT of random weights, which are returned."""
    written = {**CONFIG, **config}
    draw = np.random.default_rng(seed)
    weights = {name: draw.normal(0.1, 0.5, shape).astype(np.float32) for name, shape in _shapes(written).items()}
    write_tokenizer(folder)
    write_json(folder / "config.json", written)
    save_file({f"{prefix}{name}": weight for name, weight in weights.items()}, folder / "model.safetensors")
    return weights


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), hidden),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings.weight": (2, hidden),
    }
    norms, dense = ["embeddings.LayerNorm"], {}
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        dense |= {f"{name}.attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
        dense |= {f"{name}.attention.output.dense": (hidden, hidden)}
        dense |= {f"{name}.intermediate.dense": (wide, hidden), f"{name}.output.dense": (hidden, wide)}
        norms += [f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"]
    for name, shape in dense.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return shapes | {f"{name}.{part}": (hidden,) for name in norms for part in ("weight", "bias")}


def bert_tokens(weights: Mapping[str, Matrix], ids: Sequence[int], config: Mapping[str, Any] = CONFIG) -> Matrix:
    """The vectors of one text's tokens, by the formulas of the paper, one text at a time and without padding."""

    def dense(name: str, value: Matrix) -> Matrix:
        return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normed(name: str, value: Matrix) -> Matrix:
        centred = value - value.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + config["layer_norm_eps"])
        return centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def attention(name: str, value: Matrix) -> Matrix:
        query, key, seen = (dense(f"{name}.{part}", value) for part in ("query", "key", "value"))
        mixed = []
        for head in np.split(np.arange(config["hidden_size"]), config["num_attention_heads"]):
            scores = np.exp(query[:, head] @ key[:, head].T / np.sqrt(len(head)))
            mixed.append(scores / scores.sum(axis=1, keepdims=True) @ seen[:, head])
        return np.concatenate(mixed, axis=1)

    words, positions = (weights[f"embeddings.{part}_embeddings.weight"] for part in ("word", "position"))
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    hidden = normed("embeddings.LayerNorm", words[list(ids)] + positions[: len(ids)] + kind)
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        attended = dense(f"{name}.attention.output.dense", attention(f"{name}.attention.self", hidden))
        hidden = normed(f"{name}.attention.output.LayerNorm", hidden + attended)
        wide = ACTIVATIONS[config["hidden_act"]](dense(f"{name}.intermediate.dense", hidden))
        hidden = normed(f"{name}.output.LayerNorm", hidden + dense(f"{name}.output.dense", wide))
    return hidden


ACTIVATIONS: Mapping[str, Any] = {
    "gelu": lambda x: x * (1 + np.vectorize(erf)(x / np.sqrt(2))) / 2,
    "gelu_new": lambda x: x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) / 2,
    "relu": lambda x: np.maximum(x, 0),
}


def write_topics(folder: Path, file: str = "model.onnx", *, pooled: bool = False, ask: str = "input_ids") -> None:
    """The model of topics as an ONNX graph: a token's vector is its topic, and zeros for a token without one.

    `pooled` gives the vectors of texts beside those of tokens. `ask` is how the graph calls its first input.
    """
    table = np.zeros((len(WORDS), 4), dtype=np.float32)
    for topic, words in enumerate(TopicEmbedder.topics):
        table[[WORDS.index(word) for word in words], topic] = 1
    value, make = onnx.helper.make_tensor_value_info, onnx.helper.make_node
    nodes = [make("Gather", ["table", ask], ["token_embeddings"])]
    outputs = [value("token_embeddings", onnx.TensorProto.FLOAT, ["texts", "tokens", 4])]
    if pooled:
        nodes.append(make("ReduceSum", ["token_embeddings", "tokens"], ["sentence_embedding"], keepdims=0))
        outputs.append(value("sentence_embedding", onnx.TensorProto.FLOAT, ["texts", 4]))
    constants = [onnx.numpy_helper.from_array(table, "table"), onnx.numpy_helper.from_array(np.array([1]), "tokens")]
    inputs = [value(name, onnx.TensorProto.INT64, ["texts", "tokens"]) for name in (ask, "attention_mask")]
    graph = onnx.helper.make_graph(nodes, "topics", inputs, outputs, constants)
    write_tokenizer(folder)
    (folder / file).parent.mkdir(exist_ok=True)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, folder / file)
