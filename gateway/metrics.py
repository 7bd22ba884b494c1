"""What is counted, for Prometheus. Every server process counts for itself."""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from gateway.capacity import Capacity
from gateway.transports.connections import REASONS, Connections, Transport
from resolvers.sources.counting import Event

HELP = {
    Event.LOCAL_HIT: "Answers out of this process.",
    Event.REMOTE_HIT: "Answers out of the shared cache.",
    Event.MISSING_HIT: "Answers out of a cache that there is no such document.",
    Event.STALE_HIT: "Answers past their time, because the engine could not answer.",
    Event.MISS: "Documents and searches that the engine was asked for.",
    Event.ENGINE_CALL: "Calls of the engine.",
    Event.REFRESH: "Documents and searches that were asked for again in the background.",
    Event.INVALIDATION: "Documents that were invalidated from this process.",
    Event.REMOTE_CALL: "Calls of the shared cache.",
    Event.REMOTE_ERROR: "Calls of the shared cache that failed, by cause.",
    Event.BREAKER_OPENED: "Times that the shared cache was left alone because it failed.",
    Event.BYTES_READ: "Bytes read from the shared cache.",
    Event.BYTES_WRITTEN: "Bytes written to the shared cache.",
    Event.LOCAL_BYTES: "Bytes that this process holds, as they are when encoded.",
}
LABEL = "about"
SHOWN = "Pages whose query id was asked for: kept, or dropped because too many of them waited to be written."
REPORTED = "Events that were reported, by what became of them."
OUTCOME = "outcome"


class Metrics:
    """Counts events, and answers `/metrics` with the counts of this process in Prometheus' text format."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._held = Gauge(f"discovery_cache_{Event.LOCAL_BYTES}", HELP[Event.LOCAL_BYTES], registry=self._registry)
        self._counters = {
            event: Counter(f"discovery_cache_{event}", HELP[event], [LABEL], registry=self._registry)
            for event in Event
            if event is not Event.LOCAL_BYTES
        }

        self._queries = Counter("discovery_feedback_queries", SHOWN, [OUTCOME], registry=self._registry)
        self._events = Counter("discovery_feedback_events", REPORTED, [OUTCOME], registry=self._registry)

    def count(self, event: Event, about: str, amount: int = 1) -> None:
        """Take note of an event. `about` becomes a label, so it is out of a small set."""
        if event is Event.LOCAL_BYTES:
            self._held.inc(amount)
        else:
            self._counters[event].labels(about).inc(amount)

    def watch(self, capacity: Capacity) -> None:
        """Tell of a capacity too, as it is whenever the counts are asked for."""
        self._registry.register(OfCapacity(capacity))

    def watch_connections(self, connections: Connections) -> None:
        """Tell of connections too."""
        self._registry.register(OfConnections(connections))

    def count_queries(self, outcome: str, amount: int = 1) -> None:
        self._queries.labels(outcome).inc(amount)

    def count_events(self, outcome: str, amount: int = 1) -> None:
        self._events.labels(outcome).inc(amount)

    async def respond(self, _: Request) -> Response:
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class OfCapacity(Collector):
    """What is executed, waits for it, and was refused."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity

    def collect(self) -> Iterator[Metric]:
        told = self._capacity
        yield GaugeMetricFamily("discovery_requests_running", "Requests that are executed.", told.running)
        yield GaugeMetricFamily("discovery_requests_waiting", "Requests that wait for being executed.", told.waiting)
        yield CounterMetricFamily("discovery_requests_shed", "Requests that were refused for want of room.", told.shed)


class OfConnections(Collector):
    """What is open, what runs over it, what was refused, and how WebSockets ended."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        told = self._connections
        opened = GaugeMetricFamily("discovery_connections", "Connections that are open.", labels=["transport"])
        running = GaugeMetricFamily("discovery_connection_operations", "Operations over them.", labels=["transport"])
        for one in Transport:
            opened.add_metric([one], told.open[one])
            running.add_metric([one], told.operations[one])
        refused = CounterMetricFamily("discovery_connections_refused", "Those refused, by reason.", labels=["reason"])
        for reason in REASONS:
            refused.add_metric([reason], told.refused[reason])
        closed = CounterMetricFamily(
            "discovery_websockets_closed", "By close code; 0 where the client was gone.", labels=["code"]
        )
        for code, count in sorted(told.closed.items()):
            closed.add_metric([str(code)], count)
        yield from (opened, running, refused, closed)
