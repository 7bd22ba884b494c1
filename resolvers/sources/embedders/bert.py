"""A BERT encoder as an ONNX graph, out of its weights.

The encoder is that of Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers" (NAACL 2019), which most
small sentence models are: MiniLM, BGE, E5 and GTE of the first generations. So a folder that brings weights alone needs
no export, and no framework to export it with.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from resolvers.errors import SourceUnavailable
from resolvers.sources.embedders.folder import SentenceFolder, config_of

try:
    import onnx
except ImportError:  # an extra of the project, as onnxruntime is
    onnx = None  # type: ignore[assignment]

OPSET, IR_VERSION = 20, 9
"""The first set of operations that has Gelu, and a form of the file that runtimes have read since then."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "last_hidden_state"
ACTIVATIONS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "gelu": ("Gelu", {}),
    "gelu_new": ("Gelu", {"approximate": "tanh"}),
    "gelu_pytorch_tanh": ("Gelu", {"approximate": "tanh"}),
    "relu": ("Relu", {}),
}
FAR_BELOW = -1e9
"""What is added to the score of padding, so that nobody attends to it."""


def bert_graph(folder: SentenceFolder) -> bytes:
    """The encoder of a folder, as the content of a model.onnx.

    Raises SourceUnavailable for weights that are not those of BERT, or cannot be read, and without onnx.
    """
    if onnx is None:
        raise SourceUnavailable("GATEWAY_EMBEDDER needs onnx: install discovery-gateway[onnx]")
    config = config_of(folder.path, "config.json")
    if (
        config.get("model_type") != "bert"
        or config.get("hidden_act") not in ACTIVATIONS
        or config.get("position_embedding_type", "absolute") != "absolute"
    ):
        raise SourceUnavailable(
            f"{folder.weights} is not of a plain BERT ({folder.path / 'config.json'}): export the model to "
            "model.onnx, for example by `optimum-cli export onnx`"
        )
    try:
        return _Encoder(config, _weights(folder.weights)).content()
    except (KeyError, ValueError) as error:
        raise SourceUnavailable(f"{folder.weights} does not hold the encoder of its config.json: {error}") from error


def _weights(file: Path) -> dict[str, NDArray[np.float32]]:
    try:
        found = load_file(file)
    except (SafetensorError, OSError, TypeError, KeyError) as error:
        raise SourceUnavailable(f"{file} cannot be read: {error}") from error
    # A model that was trained for more than vectors has its encoder under a name.
    return {name.removeprefix("bert."): array.astype(np.float32) for name, array in found.items() if array.ndim}


class _Encoder:
    """Adds node by node; each method returns the name of what it computes."""

    def __init__(self, config: Mapping[str, Any], weights: Mapping[str, NDArray[np.float32]]) -> None:
        self._config, self._weights = config, weights
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def content(self) -> bytes:
        hidden = self._embedded()
        mask = self._mask()
        for layer in range(self._config["num_hidden_layers"]):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, mask)
        self._nodes.append(onnx.helper.make_node("Identity", [hidden], [OUTPUT]))
        value = onnx.helper.make_tensor_value_info
        inputs = [value(name, onnx.TensorProto.INT64, ["texts", "tokens"]) for name in INPUTS]
        output = value(OUTPUT, onnx.TensorProto.FLOAT, ["texts", "tokens", self._config["hidden_size"]])
        graph = onnx.helper.make_graph(self._nodes, "bert", inputs, [output], list(self._constants.values()))
        opsets = [onnx.helper.make_opsetid("", OPSET)]
        content: bytes = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString()
        return content

    def _node(self, operation: str, *inputs: str, **attributes: Any) -> str:
        name = f"{operation}_{len(self._nodes)}"
        self._nodes.append(onnx.helper.make_node(operation, inputs, [name], **attributes))
        return name

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.setdefault(name, onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _integers(self, *values: int) -> str:
        return self._constant(f"integers {values}", np.array(values, dtype=np.int64))

    def _number(self, value: float) -> str:
        return self._constant(f"number {value}", np.array([value], dtype=np.float32))

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _looked_up(self, table: str, rows: str) -> str:
        return self._node("Gather", self._weight(f"embeddings.{table}_embeddings.weight"), rows)

    def _embedded(self) -> str:
        length = self._node("Gather", self._node("Shape", "input_ids"), self._integers(1))
        table = self._weight("embeddings.position_embeddings.weight")
        positions = self._node("Slice", table, self._integers(0), length, self._integers(0))
        words, kinds = self._looked_up("word", "input_ids"), self._looked_up("token_type", "token_type_ids")
        return self._normed("embeddings.LayerNorm", self._node("Add", self._node("Add", words, kinds), positions))

    def _mask(self) -> str:
        """What is added to the scores of attention: nothing for a token, and much less than nothing for padding."""
        given = self._node("Cast", "attention_mask", to=onnx.TensorProto.FLOAT)
        padding = self._node("Sub", self._number(1.0), given)
        lowered = self._node("Mul", padding, self._number(FAR_BELOW))
        return self._node("Unsqueeze", lowered, self._integers(1, 2))

    def _normed(self, name: str, value: str) -> str:
        weights = (self._weight(f"{name}.{part}") for part in ("weight", "bias"))
        return self._node("LayerNormalization", value, *weights, epsilon=self._config["layer_norm_eps"])

    def _dense(self, name: str, value: str) -> str:
        weight = self._constant(f"{name}.weight", self._weights[f"{name}.weight"].T)
        return self._node("Add", self._node("MatMul", value, weight), self._weight(f"{name}.bias"))

    def _layer(self, name: str, hidden: str, mask: str) -> str:
        attended = self._dense(
            f"{name}.attention.output.dense", self._attention(f"{name}.attention.self", hidden, mask)
        )
        hidden = self._normed(f"{name}.attention.output.LayerNorm", self._node("Add", attended, hidden))
        operation, attributes = ACTIVATIONS[self._config["hidden_act"]]
        wide = self._node(operation, self._dense(f"{name}.intermediate.dense", hidden), **attributes)
        narrow = self._dense(f"{name}.output.dense", wide)
        return self._normed(f"{name}.output.LayerNorm", self._node("Add", narrow, hidden))

    def _attention(self, name: str, hidden: str, mask: str) -> str:
        size = self._config["hidden_size"] // self._config["num_attention_heads"]
        queries, values = self._heads(f"{name}.query", hidden), self._heads(f"{name}.value", hidden)
        keys = self._heads(f"{name}.key", hidden, order=(0, 2, 3, 1))
        scores = self._node("Mul", self._node("MatMul", queries, keys), self._number(1 / math.sqrt(size)))
        shares = self._node("Softmax", self._node("Add", scores, mask), axis=-1)
        mixed = self._node("Transpose", self._node("MatMul", shares, values), perm=[0, 2, 1, 3])
        return self._node("Reshape", mixed, self._integers(0, 0, self._config["hidden_size"]))

    def _heads(self, name: str, hidden: str, order: Sequence[int] = (0, 2, 1, 3)) -> str:
        """What each head gets: texts by heads by tokens by numbers, or in another order."""
        count = self._config["num_attention_heads"]
        size = self._config["hidden_size"] // count
        cut = self._node("Reshape", self._dense(name, hidden), self._integers(0, 0, count, size))
        return self._node("Transpose", cut, perm=list(order))
