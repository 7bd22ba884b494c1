"""A folder with a sentence model, as sentence-transformers and Hugging Face lay it out."""

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from resolvers.errors import SourceUnavailable

GRAPHS = ("model.onnx", "onnx/model.onnx")
SAFETENSORS = "model.safetensors"
FINGERPRINT_BYTES = 4
MOST_TOKENS = 512
"""Where a folder does not say how long a text may be. Documents are cut to fewer tokens anyway."""
ENDLESS = 10**6
"""A tokenizer that has no limit says so by an absurd number."""
Pooling = Literal["mean", "cls", "max", "lasttoken"]
MODES: Mapping[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_lasttoken": "lasttoken",
}
UNDERSTOOD = ("Transformer", "Pooling", "Normalize")
"""The modules of sentence-transformers that are understood. Vectors are normalised in any case."""


class SentenceFolder(NamedTuple):
    """What a folder holds: `weights` as ONNX or as safetensors, and how texts become vectors with them.

    `most_tokens` is how much of a text is looked at; `pooling` how the tokens' vectors become one.
    """

    path: Path
    weights: Path
    tokenizer: Path
    most_tokens: int
    pooling: Pooling

    @property
    def is_graph(self) -> bool:
        """Whether the weights are an ONNX graph; else they are safetensors."""
        return self.weights.name != SAFETENSORS

    def fingerprint(self) -> str:
        """Tells models apart by what they compute with, wherever they lie. Reads all of it."""
        digest = blake2b(f"{self.most_tokens} {self.pooling}".encode(), digest_size=FINGERPRINT_BYTES)
        for file in (*self._weights_files(), self.tokenizer):
            with file.open("rb") as opened:
                digest.update(file_digest(opened, "blake2b").digest())
        return digest.hexdigest()

    def _weights_files(self) -> list[Path]:
        # Large graphs have their weights in further files, such as model.onnx_data.
        return sorted(self.weights.parent.glob(f"{self.weights.name}*"))


def read_folder(path: Path) -> SentenceFolder:
    """What the folder holds. Raises SourceUnavailable, saying what is missing, for one that cannot be used."""
    if not path.is_dir():
        raise SourceUnavailable(f"{path} is no folder; name one with model.onnx and tokenizer.json")
    files = [path / name for name in (*GRAPHS, SAFETENSORS) if (path / name).is_file()]
    if not files:
        raise SourceUnavailable(
            f"{path} has neither {GRAPHS[0]}, {GRAPHS[1]} nor {SAFETENSORS}: export the model there"
        )
    if not (path / "tokenizer.json").is_file():
        raise SourceUnavailable(f"{path} has no tokenizer.json: save the model's fast tokenizer there")
    return SentenceFolder(path, files[0], path / "tokenizer.json", _most_tokens(path), _pooling(path))


def config_of(path: Path, name: str) -> Mapping[str, Any]:
    """A JSON object of the folder; empty when it is not there. Raises SourceUnavailable when it is none."""
    found = _json(path / name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SourceUnavailable(f"{path / name} is no JSON object")
    return found


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SourceUnavailable(f"{file} cannot be read: {error}") from error


def _most_tokens(path: Path) -> int:
    stated = config_of(path, "sentence_bert_config.json").get("max_seq_length")
    if isinstance(stated, int):
        return stated
    limits = [
        config_of(path, "config.json").get("max_position_embeddings"),
        config_of(path, "tokenizer_config.json").get("model_max_length"),
    ]
    return min([limit for limit in limits if isinstance(limit, int) and limit < ENDLESS], default=MOST_TOKENS)


def _pooling(path: Path) -> Pooling:
    """How tokens become a text. Without modules it is their mean, as for sentence-transformers."""
    for module in _modules(path):
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind not in UNDERSTOOD:
            raise SourceUnavailable(f"{path / 'modules.json'} has a module {kind}, which is not understood here")
        if kind == "Pooling":
            return _stated_pooling(path, str(module.get("path", "")))
    return "mean"


def _modules(path: Path) -> Iterator[Mapping[str, Any]]:
    found = _json(path / "modules.json")
    yield from (module for module in found or () if isinstance(module, dict))


def _stated_pooling(path: Path, folder: str) -> Pooling:
    config = config_of(path / folder, "config.json")
    modes = [mode for name, mode in MODES.items() if config.get(name)]
    others = [
        name for name, given in config.items() if name.startswith("pooling_mode_") and given and name not in MODES
    ]
    modes += [mode for mode in get_args(Pooling) if mode == config.get("pooling_mode")]
    if len(modes) != 1 or others:
        raise SourceUnavailable(
            f"{path / folder / 'config.json'} has a pooling that is not understood here; "
            f"those are one of {', '.join(get_args(Pooling))}"
        )
    return modes[0]
