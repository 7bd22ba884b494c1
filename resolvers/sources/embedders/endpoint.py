"""A model behind an OpenAI-compatible address: `POST {"model": …, "input": [texts]}`, and vectors come back.

The form is that of https://platform.openai.com/docs/api-reference/embeddings, which vLLM, Ollama, llama.cpp,
text-embeddings-inference and most providers speak too.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import numpy as np

from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, SourceUnavailable
from resolvers.sources.embedders.answers import NotNow, refusal, vectors_in
from resolvers.sources.embedders.breaker import Breaker
from resolvers.sources.embedding import EMBEDDED_CHARACTERS, AwaitedEmbedder, Vectors, unit_rows

BATCH_TEXTS = 32
"""What text-embeddings-inference takes in one request by default; others take more."""
AT_ONCE = 4
"""How many requests of indexing are under way, and how many connections searches share."""
BATCH_SECONDS = 60.0
"""How long one request may take that no search waits for."""
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""The seconds between the attempts of indexing."""
LONGEST_PAUSE_SECONDS = 60.0
"""How long it is waited at the most where the endpoint says when to come again."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EndpointOptions:
    """Where a model is asked, and how.

    `patience_seconds` is how long a search waits for it. `pauses` are the seconds between the attempts of indexing.
    """

    url: str
    model: str
    api_key: str | None = None
    patience_seconds: float = 1.0
    pauses: Sequence[float] = PAUSES


class EndpointEmbedder(AwaitedEmbedder):
    """Asks an endpoint, several texts at a time.

    The model's name is all that is known of it: the same name at another address is the same model. Indexing tries
    again when the endpoint is busy or away; a search does not, and after some failures does not ask for a while.
    """

    name = ""

    def __init__(self, options: EndpointOptions, breaker: Breaker | None = None) -> None:
        self.name = f"openai-{options.model}"
        self._options, self._breaker = options, breaker or Breaker()
        self._dimension: int | None = None
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def dimension(self) -> int:
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        said = [row for row, text in enumerate(texts) if text.strip()]
        found = asyncio.run(self._embed_all([texts[row] for row in said])) if said else None
        vectors = np.zeros((len(texts), self.dimension if found is None else found.shape[1]), dtype=np.float32)
        if found is not None:
            vectors[said] = found
        return vectors

    async def embed_queries(self, texts: Sequence[str], deadline: Deadline) -> Vectors:
        self._breaker.check()
        seconds = min(self._options.patience_seconds, deadline.remaining())
        try:
            async with asyncio.timeout(seconds):
                found = await self._asked(self._shared_session(), texts)
        except TimeoutError as error:
            late = DeadlineExceeded(f"{self._options.url} took more than {seconds:.2f} s for an embedding")
            self._breaker.failed(late)
            raise late from error
        except NotNow as error:
            self._breaker.failed(error)
            raise
        except SourceUnavailable as error:
            # It answers, and it is not the next search's fault what it was asked.
            log.warning("a text is matched by words alone: %s", error.message)
            raise
        self._breaker.succeeded()
        return unit_rows(found)

    async def close(self) -> None:
        if self._session is not None and self._loop is asyncio.get_running_loop():
            await self._session.close()
            self._session = None

    async def _embed_all(self, texts: Sequence[str]) -> Vectors:
        """The vectors of any number of texts, batch by batch, a few batches at the same time."""
        batches = [texts[start : start + BATCH_TEXTS] for start in range(0, len(texts), BATCH_TEXTS)]
        room = asyncio.Semaphore(AT_ONCE)
        try:
            async with self._new_session() as session, asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._patiently(session, batch, room)) for batch in batches]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        found = [task.result() for task in tasks]
        if len(sizes := {part.shape[1] for part in found}) > 1:
            raise SourceUnavailable(f"{self._options.url} gave vectors of different lengths: {sorted(sizes)}")
        return unit_rows(np.concatenate(found))

    async def _patiently(
        self, session: aiohttp.ClientSession, texts: Sequence[str], room: asyncio.Semaphore
    ) -> Vectors:
        """The vectors of one batch, asked for again while the endpoint cannot answer for now."""
        async with room:
            for pause in self._options.pauses:
                try:
                    return await self._asked_in(session, texts, BATCH_SECONDS)
                except NotNow as error:
                    wait = min(max(pause, error.again_in_seconds), LONGEST_PAUSE_SECONDS)
                    log.warning("%s; asked again in %.1f s", error.message, wait)
                    await asyncio.sleep(wait)
            return await self._asked_in(session, texts, BATCH_SECONDS)

    async def _asked_in(self, session: aiohttp.ClientSession, texts: Sequence[str], seconds: float) -> Vectors:
        try:
            async with asyncio.timeout(seconds):
                return await self._asked(session, texts)
        except TimeoutError as error:
            raise NotNow(f"{self._options.url} took more than {seconds:.0f} s for {len(texts)} embeddings") from error

    async def _asked(self, session: aiohttp.ClientSession, texts: Sequence[str]) -> Vectors:
        """One request. Raises SourceUnavailable, and NotNow where another attempt may do better."""
        options = self._options
        shown = [text[:EMBEDDED_CHARACTERS] for text in texts]
        wanted = {"model": options.model, "input": shown, "encoding_format": "float"}
        try:
            # A redirection would give the key to somebody else.
            async with session.post(options.url, json=wanted, allow_redirects=False) as response:
                content = await response.read()
        except aiohttp.ClientError as error:
            raise NotNow(f"{options.url} cannot be reached: {error}") from error
        if response.status != 200:
            raise refusal(options.url, response.status, content, response.headers.get("Retry-After"))
        return vectors_in(options.url, content, len(texts))

    def _shared_session(self) -> aiohttp.ClientSession:
        """The connections of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._session, self._loop = self._new_session(), loop
        return self._session

    def _new_session(self) -> aiohttp.ClientSession:
        key = self._options.api_key
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=AT_ONCE),
            headers={} if key is None else {"Authorization": f"Bearer {key}"},
            timeout=aiohttp.ClientTimeout(total=None),
        )
