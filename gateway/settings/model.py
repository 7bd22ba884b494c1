"""Every setting with its meaning, unit, default and bounds."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, PrivateAttr, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.settings.connections import ConnectionSettings
from gateway.settings.fields import Directory, lower, setting
from gateway.settings.http import HttpSettings
from gateway.settings.identity import IdentitySettings
from gateway.settings.limits import PRODUCTION_RATES, LimitSettings
from gateway.settings.nodes import checked

Origin = Literal["flag", "environment", ".env", "default"]
"""Where the value of a setting came from."""
Engine = Literal["embedded", "opensearch"]
EMBEDDER = re.compile(r"wordllama|onnx:.+|https?://[^\s/#]+[^\s#]*#\S+")
NEIGHBOURS = re.compile(r"((accounts|contracts)(,(accounts|contracts))*)?")


def _neighbours(names: str) -> str:
    if not NEIGHBOURS.fullmatch(names := "".join(names.split())):
        raise ValueError("no subgraph")
    return names


def _embedder(choice: str) -> str:
    if not EMBEDDER.fullmatch(choice):
        raise ValueError("no model")
    return choice


Embedder = Annotated[str, AfterValidator(_embedder)]
Addresses = Annotated[str, AfterValidator(checked)]
Neighbours = Annotated[str, AfterValidator(_neighbours)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(lower)]


class Settings(IdentitySettings, LimitSettings, ConnectionSettings, HttpSettings, BaseSettings):
    """What one process was told when it started; it does not change afterwards.

    Building it reads nothing but the arguments, so tests see no environment; `load_settings` reads the environment.
    """

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_",
        # A container file passes a variable that nobody set on as an empty one: it counts as not given.
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        validate_default=True,
    )

    data_dir: Directory = setting(Path("gateway-data"), "The directory that holds the index.")
    search_threads: int = setting(4, "How many engine calls run at the same time.", "threads", ge=1, le=256)
    page_size_default: int = setting(
        20, "How many items a page has when the client does not say.", "items", ge=1, le=1_000
    )
    page_size_max: int = setting(100, "How many items a client may ask for in one page.", "items", ge=1, le=1_000)
    entities_max: int = setting(
        1_000, "How many entities a federated router may ask for at once.", "entities", ge=1, le=100_000
    )
    neighbours: Neighbours = setting(
        "",
        "Subgraphs that the gateway is composed with; fields that need facts of theirs are there only then.",
        allowed="accounts, contracts, or both with a comma",
    )
    paging_seconds: float = setting(
        900,
        "How long the pages of a search by relevance are kept for their cursors at least, after these were handed out.",
        "seconds",
        gt=0,
        le=86_400,
    )
    paging_bytes: int = setting(
        16_777_216, "How much of such pages each process keeps; a Redis keeps all of them.", "bytes", ge=0
    )
    reload_seconds: float = setting(
        1.0, "How often a server looks for a new generation of the index.", "seconds", ge=0.05, le=3_600
    )
    vocabulary_seconds: float = setting(
        60,
        "How old the names of skills and occupations may be that texts are searched for.",
        "seconds",
        ge=1,
        le=86_400,
    )
    embedder: Embedder = setting(
        "wordllama",
        "The model that texts are embedded with, when indexing and when searching.",
        allowed="wordllama, onnx:FOLDER, or https://HOST/v1/embeddings#MODEL",
    )
    embedder_api_key: SecretStr | None = setting(
        None, "The key of the address that GATEWAY_EMBEDDER names.", allowed="a text"
    )
    embedder_timeout_seconds: float = setting(
        1.0,
        "How long a search waits for the embedding of its text before it does without meaning.",
        "seconds",
        gt=0,
        le=60,
    )
    opensearch_url: Addresses | None = setting(
        None,
        "The OpenSearch that answers instead of an index on disk; of a cluster, any of its nodes. An address may "
        "have `user:password@` in front of the host.",
        allowed="http:// or https:// addresses without ? and #, separated by commas, of one user at the most",
    )
    opensearch_username: str | None = setting(
        None, "The user of OpenSearch, in the place of one in its address.", min_length=1
    )
    opensearch_password: SecretStr | None = setting(
        None, "The password of the user, in the place of one in the address.", allowed="a text"
    )
    opensearch_ca_file: Directory | None = setting(
        None, "The certificate of the authority that signed OpenSearch's, where it is not a public one."
    )
    opensearch_verify_certs: bool = setting(True, "Whether OpenSearch's certificate has to be a right one.")
    opensearch_aws_region: str | None = setting(
        None, "The region of an Amazon OpenSearch Service, for which requests are then signed.", min_length=1
    )
    opensearch_prefix: str = setting(
        "discovery",
        "What the names of everything in OpenSearch begin with.",
        allowed="lower-case letters, digits, - and _",
        pattern="^[a-z0-9][a-z0-9_-]*$",
        max_length=100,
    )
    opensearch_pool_size: int = setting(
        32, "How many connections there are to each node of OpenSearch.", "connections", ge=1, le=1_024
    )
    opensearch_shards: int = setting(1, "Into how many parts OpenSearch cuts an index.", "shards", ge=1, le=256)
    opensearch_replicas: int = setting(
        1, "How many copies of each shard there are beside the first, with enough nodes.", "copies", ge=0, le=16
    )
    cache_bytes: int = setting(
        33_554_432,
        "How much each process remembers of the engine's answers; in memory it is three times that. 0: nothing.",
        "bytes",
        ge=0,
    )
    encoded_bytes: int = setting(
        16_777_216,
        "How much each process keeps of documents as they are written in answers, with these. 0: nothing.",
        "bytes",
        ge=0,
    )
    cache_document_seconds: float = setting(
        60, "How old a document out of the cache may be.", "seconds", gt=0, le=86_400
    )
    cache_search_seconds: float = setting(
        10,
        "How old the result of a search out of the cache may be; from half of that on it is renewed.",
        "seconds",
        gt=0,
        le=86_400,
    )
    cache_stale_seconds: float = setting(
        300,
        "How much older results, marked as STALE, are still given while the engine is down.",
        "seconds",
        ge=0,
        le=86_400,
    )
    cache_prefix: str = setting("discovery", "What the names of everything in Redis begin with.", min_length=1)
    redis_url: str | None = setting(
        None, "A Redis or Valkey: what the processes share as a cache, and where the stream of changes is."
    )
    redis_timeout_seconds: float = setting(
        0.05, "How long a request waits for Redis before it does without.", "seconds", gt=0, le=10
    )
    changes_stream: str = setting("discovery:changes", "The Redis Stream that changes come from.", min_length=1)
    changes_group: str = setting("discovery-gateway", "The consumer group that shares the stream.", min_length=1)
    changes_consumer: str | None = setting(
        None,
        "The name of this consumer in its group, where it has to be the only one; else the machine's.",
        min_length=1,
    )
    changes_batch_seconds: float = setting(
        1.0, "How long changes are gathered to be applied together.", "seconds", ge=0, le=60
    )
    experiments: Directory | None = setting(
        None, "The file (TOML) of the experiments that compare ways of ranking; a change of it is noticed."
    )
    popularity_half_life_days: float = setting(
        30,
        "After how long what was chosen counts half, when popularity is counted.",
        "days",
        gt=0,
        le=3_650,
    )
    feedback: bool = setting(True, "Whether pages have ids that events are reported of, which are kept.")
    feedback_events: int = setting(100, "How many events may be reported at once.", "events", ge=1, le=1_000)
    feedback_days: int = setting(
        365, "How long queries and events are kept; what is older is removed.", "days", ge=1, le=36_500
    )
    workers: int = setting(1, "How many server processes share the port.", "processes", ge=1, le=128)
    log_level: LogLevel = setting("info", "The least important message that is still logged.")

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    @classmethod
    def layered(cls, layers: Mapping[Origin, Mapping[str, Any]]) -> Self:
        """Settings from layers of values, the strongest first; remembers where each value came from.

        Raises pydantic's ValidationError for values outside of their bounds.
        """
        weakest_first = list(layers.items())[::-1]
        settings = cls(**{name: value for _, values in weakest_first for name, value in values.items()})
        settings._origins.update((name, origin) for origin, values in weakest_first for name in values)
        return settings

    def origin(self, name: str) -> Origin:
        """Where the value of the setting `name` came from."""
        given: Origin = "flag" if name in self.model_fields_set else "default"
        return self._origins.get(name, given)

    @property
    def engine(self) -> Engine:
        """The engine that answers."""
        return "embedded" if self.opensearch_url is None else "opensearch"

    def environment(self) -> dict[str, str]:
        """The settings as variables for another process, with their secrets."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            self.variables()[name]: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in given.items()
            if value is not None
        }

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The environment variable of every setting, by the setting's name."""
        return {name: f"{cls.model_config['env_prefix']}{name}".upper() for name in cls.model_fields}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls with these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the arguments: `gateway.settings.loading` reads the other sources, to know which one gave a value."""
        return (init_settings,)

    @model_validator(mode="after")
    def _page_sizes_agree(self) -> Self:
        if self.page_size_default > self.page_size_max:
            name = self.variables()
            raise ValueError(
                f"{name['page_size_default']}={self.page_size_default} is more than "
                f"{name['page_size_max']}={self.page_size_max}"
            )
        return self

    @model_validator(mode="after")
    def _tokens_are_for_us(self) -> Self:
        """Any token of an issuer would be taken, whatever it was made for."""
        if self.mode == "production" and self.checks_tokens and not (self.auth_issuer and self.auth_audience):
            name = self.variables()
            raise ValueError(
                f"in production set {name['auth_issuer']} and {name['auth_audience']}, which tokens are for"
            )
        return self

    def rate(self, name: str) -> int:
        """The budget that the setting of that name gives in this mode, in points of cost; 0 where it has no end."""
        given: int | None = getattr(self, name)
        if given is None and self.mode == "production":
            return PRODUCTION_RATES.get(name, 0)
        return given or 0
