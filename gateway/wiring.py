"""From the settings to the parts of the endpoint that they decide on."""

from gateway.admission import Admission
from gateway.capacity import Capacity
from gateway.compression import Compression
from gateway.documents.manifests import BrokenManifest
from gateway.documents.naming import ClientDocuments
from gateway.documents.persisted import PersistedQueries
from gateway.documents.trusted import TrustedDocuments
from gateway.edge import Edge
from gateway.execution.exposure import ClosedFields, NoIntrospection, NoServiceSdl
from gateway.execution.rules import Rules
from gateway.settings import Settings, SettingsError
from resolvers.sources.base import Source
from resolvers.sources.cached.source import shared_of


def edge_of(settings: Settings, documents: ClientDocuments, admission: Admission) -> Edge:
    """What is asked of every request."""
    return Edge(
        deadline_seconds=settings.deadline_seconds,
        body_bytes=settings.body_bytes,
        batch_max=settings.batch_max,
        prevents_csrf=settings.prevents_csrf,
        has_page=settings.shows(settings.graphiql),
        tells_timing=settings.shows(settings.server_timing),
        tells_causes=settings.shows(settings.error_causes),
        tells_traces=settings.shows(settings.federated_tracing),
        compression=Compression(settings.compression_min_bytes) if settings.compression else None,
        documents=documents,
        admission=admission,
        capacity=Capacity(settings.operations_max, settings.queue_max, settings.queue_seconds),
    )


def rules_of(settings: Settings) -> Rules:
    """What is asked of every document."""
    closed: dict[type[ClosedFields], bool | None] = {
        NoIntrospection: settings.introspection,
        NoServiceSdl: settings.service_sdl,
    }
    return Rules(
        validation=[rule for rule, wish in closed.items() if not settings.shows(wish)],
        hide_suggestions=not settings.shows(settings.suggestions),
    )


def client_documents(settings: Settings, source: Source) -> ClientDocuments:
    """Where documents that clients name are found. Raises SettingsError."""
    return ClientDocuments(persisted_queries(settings, source), trusted_documents(settings))


def persisted_queries(settings: Settings, source: Source) -> PersistedQueries | None:
    """Where documents of clients are kept: in this process, and in the shared cache of a source that has one."""
    if not settings.persisted_queries_bytes:
        return None
    return PersistedQueries(
        settings.persisted_queries_bytes,
        shared_of(source),
        settings.cache_prefix,
        settings.persisted_queries_seconds,
    )


def trusted_documents(settings: Settings) -> TrustedDocuments | None:
    """The documents of the manifests. Raises SettingsError for manifests that are broken, or missing where needed."""
    variable = settings.variables()["trusted_documents_dir"]
    if settings.trusted_documents_dir is None:
        if settings.trusted_documents == "off":
            return None
        raise SettingsError([f"{variable} is not set, so no document is trusted; name the directory of the manifests"])
    try:
        return TrustedDocuments(settings.trusted_documents_dir, settings.trusted_documents, settings.reload_seconds)
    except BrokenManifest as error:
        raise SettingsError([f"{variable}: {error}"]) from error
