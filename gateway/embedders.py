"""The only place that knows which model of embeddings there is."""

from functools import cache
from pathlib import Path

from gateway.settings import Settings, SettingsError
from resolvers.errors import SourceUnavailable
from resolvers.sources.embedders.endpoint import EndpointEmbedder, EndpointOptions
from resolvers.sources.embedders.remembered import RememberingEmbedder
from resolvers.sources.embedders.sentence import SentenceEmbedder, check_folder
from resolvers.sources.embedding import AwaitedEmbedder, Embedder, WordLlamaEmbedder

DEFAULT, FOLDER = "wordllama", "onnx:"


@cache
def embedder() -> WordLlamaEmbedder:
    """The process's default model, loaded when it is first needed."""
    return WordLlamaEmbedder()


def embedder_of(settings: Settings) -> Embedder:
    """The process's model of these settings, loaded when it is first needed. It remembers what it was asked for.

    Raises SourceUnavailable when it cannot be loaded.
    """
    if settings.embedder == DEFAULT:
        return embedder()
    return _remembering(settings.embedder, api_key(settings), settings.embedder_timeout_seconds)


def plain_embedder(settings: Settings) -> Embedder:
    """As `embedder_of`, without a memory: each text takes the time that it takes."""
    if settings.embedder == DEFAULT:
        return embedder()
    return _awaited(settings.embedder, api_key(settings), settings.embedder_timeout_seconds)


def check_embedder(settings: Settings) -> None:
    """Raise SettingsError when the model of the settings is not there. An endpoint may be away for the time being."""
    if settings.embedder.startswith(FOLDER):
        try:
            check_folder(folder_of(settings.embedder))
        except SourceUnavailable as error:
            raise SettingsError([f"{settings.variables()['embedder']}={settings.embedder}: {error.message}"]) from error


def api_key(settings: Settings) -> str | None:
    """The key of the endpoint, if there is one."""
    key = settings.embedder_api_key
    return None if key is None else key.get_secret_value()


def folder_of(choice: str) -> Path:
    """The folder that a choice names."""
    return Path(choice.removeprefix(FOLDER)).expanduser()


@cache
def _remembering(choice: str, key: str | None, patience_seconds: float) -> RememberingEmbedder:
    return RememberingEmbedder(_awaited(choice, key, patience_seconds))


@cache
def _awaited(choice: str, key: str | None, patience_seconds: float) -> AwaitedEmbedder:
    if choice.startswith(FOLDER):
        return SentenceEmbedder(folder_of(choice), patience_seconds)
    url, _, model = choice.partition("#")
    return EndpointEmbedder(EndpointOptions(url, model, key, patience_seconds))
