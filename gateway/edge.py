"""What is asked of every request, and done to every response, beside GraphQL."""

from dataclasses import dataclass, field

from gateway.admission import Admission, Open
from gateway.capacity import Capacity
from gateway.compression import Compression
from gateway.documents.naming import ClientDocuments

MOST_BODY_BYTES = 1_000_000
UNBOUNDED = 2**31


@dataclass(frozen=True)
class Edge:
    """The endpoint's ways with HTTP. No operation may take longer than `deadline_seconds`.

    `prevents_csrf`: see `cross_site`; `tells_causes`: see `errors`. Without `compression` answers go out as they are.
    """

    deadline_seconds: float = 10.0
    body_bytes: int = MOST_BODY_BYTES
    batch_max: int = 0
    prevents_csrf: bool = False
    has_page: bool = True
    tells_timing: bool = False
    tells_causes: bool = True
    tells_traces: bool = False
    compression: Compression | None = None
    documents: ClientDocuments = field(default_factory=ClientDocuments)
    capacity: Capacity = field(default_factory=lambda: Capacity(UNBOUNDED, 0, 1.0))
    admission: Admission = field(default_factory=Open)
