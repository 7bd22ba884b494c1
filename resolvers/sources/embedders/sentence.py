"""A sentence model of a folder, run by ONNX Runtime on this machine's processors."""

import asyncio
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.embedders.bert import bert_graph
from resolvers.sources.embedders.folder import Pooling, SentenceFolder, read_folder
from resolvers.sources.embedding import AwaitedEmbedder, Vectors, unit_rows

try:
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as failures
except ImportError:  # an extra of the project: the default model needs no runtime
    onnxruntime = None

BATCH_TEXTS = 32
QUERY_THREADS = 2
"""How many queries are embedded at once; each may use several processors."""
MOST_PROCESSORS = 4
"""Of one run of the model. Texts are short, and more processors would mostly wait for one another."""
POOLED = "sentence_embedding"
"""The output of a graph that was exported with its pooling."""
Integers = NDArray[np.int64]


class SentenceEmbedder(AwaitedEmbedder):
    """Embeds with the model of a folder, which is read whole. The name is the same wherever the folder lies.

    `patience_seconds` is how long a search waits for it.

    Raises SourceUnavailable, saying what to do, when the folder cannot be used.
    """

    name, dimension = "", 0

    def __init__(self, path: Path, patience_seconds: float = math.inf) -> None:
        folder = read_folder(path)
        self._patience_seconds = patience_seconds
        self._pooling = folder.pooling
        self._tokenizer = _tokenizer(folder)
        self._session = _session(folder)
        self._inputs = _inputs(self._session, folder)
        self._threads = ThreadPoolExecutor(QUERY_THREADS, thread_name_prefix="embed")
        self.dimension = self._batch(self._tokenizer.encode_batch(["a"])).shape[1]
        self.name = f"onnx-{self.dimension}-{folder.fingerprint()}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        said = [row for row, text in enumerate(texts) if text.strip()]
        encoded = self._tokenizer.encode_batch([texts[row] for row in said])
        # Texts of like length side by side, since a batch is as long as its longest.
        order = sorted(range(len(said)), key=lambda at: len(encoded[at].ids))
        for start in range(0, len(order), BATCH_TEXTS):
            batch = order[start : start + BATCH_TEXTS]
            vectors[[said[at] for at in batch]] = self._batch([encoded[at] for at in batch])
        return unit_rows(vectors)

    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        seconds = min(self._patience_seconds, deadline.remaining())
        work = asyncio.get_running_loop().run_in_executor(self._threads, self.embed, texts)
        try:
            return await asyncio.wait_for(work, None if seconds == math.inf else seconds)
        except TimeoutError as error:
            raise DeadlineExceeded(f"the embedding of a query took more than {seconds:.2f} s") from error

    async def close(self) -> None:
        """There is nothing of the event loop's."""

    def _batch(self, encoded: Sequence[Any]) -> Vectors:
        """The vectors of texts that have been cut into tokens; not of length 1 yet."""
        mask = _padded([one.attention_mask for one in encoded])
        given = {"input_ids": _padded([one.ids for one in encoded]), "attention_mask": mask}
        given["token_type_ids"] = np.zeros_like(mask)
        outputs = [one.name for one in self._session.get_outputs()]
        wanted = POOLED if POOLED in outputs else outputs[0]
        [found] = self._session.run([wanted], {name: given[name] for name in self._inputs})
        return found if found.ndim == 2 else pooled_tokens(found, mask, self._pooling)


def pooled_tokens(hidden: Vectors, mask: Integers, pooling: Pooling) -> Vectors:
    """One vector a text, of those of its tokens (texts by tokens by numbers); `mask` is 0 for padding."""
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "lasttoken":
        last: Vectors = hidden[np.arange(len(hidden)), mask.sum(axis=1) - 1]
        return last
    weights = mask[:, :, None].astype(np.float32)
    found: Vectors = (
        np.where(weights > 0, hidden, -np.inf).max(axis=1)
        if pooling == "max"
        else (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    )
    return found


def check_folder(path: Path) -> None:
    """Look whether there is a model in a folder, and what runs it. Raises SourceUnavailable; reads no weights."""
    if onnxruntime is None:
        raise SourceUnavailable("it needs ONNX Runtime: install discovery-gateway[onnx]")
    read_folder(path)


def _padded(rows: Sequence[Sequence[int]]) -> Integers:
    padded = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for at, row in enumerate(rows):
        padded[at, : len(row)] = row
    return padded


def _tokenizer(folder: SentenceFolder) -> Any:
    try:
        tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    except Exception as error:  # the library raises nothing more particular
        raise SourceUnavailable(f"{folder.tokenizer} cannot be read: {error}") from error
    tokenizer.enable_truncation(folder.most_tokens)
    tokenizer.no_padding()
    return tokenizer


def _session(folder: SentenceFolder) -> Any:
    """The model, ready to be run by any thread."""
    if onnxruntime is None:
        raise SourceUnavailable("GATEWAY_EMBEDDER needs ONNX Runtime: install discovery-gateway[onnx]")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(MOST_PROCESSORS, len(os.sched_getaffinity(0)))
    # Threads that wait for work without a pause would take the processors from the engine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    model = str(folder.weights) if folder.is_graph else bert_graph(folder)
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except (failures.Fail, failures.InvalidProtobuf, failures.InvalidGraph, failures.InvalidArgument) as error:
        raise SourceUnavailable(f"{folder.weights} cannot be run: {error}") from error


def _inputs(session: Any, folder: SentenceFolder) -> list[str]:
    names = [one.name for one in session.get_inputs()]
    if unknown := set(names) - {"input_ids", "attention_mask", "token_type_ids"}:
        raise SourceUnavailable(f"{folder.weights} asks for {', '.join(sorted(unknown))}, which texts do not have")
    return names
