"""A small marketplace with known texts, a model whose vectors are known, and indexes built from them."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import KINDS, ref_of
from resolvers.catalog.values import Record
from resolvers.ranking.occupations import NOTHING_USUAL, OccupationStatistics
from resolvers.ranking.skills import NOTHING_KNOWN, SkillStatistics
from resolvers.sources.adaptation import Model, model_with
from resolvers.sources.base import AllOf, AnyOf, Exists, Filter, Not, Range, Terms
from resolvers.sources.building import IndexedDocument, Target
from resolvers.sources.embedded.changing import EmbeddedChanges
from resolvers.sources.embedded.source import EmbeddedSource
from resolvers.sources.embedded.writer import EmbeddedTarget
from resolvers.sources.embedding import Embedder, Vectors, WordLlamaEmbedder

pytest_plugins = [
    "tests.servers.fixtures",
    "tests.servers.reporting",
    "tests.support.fixtures",
    "tests.support.workers",
]

Row = dict[str, Any]
Market = dict[Kind, list[Record]]
Passes = Callable[[Filter, IndexedDocument], bool]
OpenSource = Callable[..., AbstractAsyncContextManager[EmbeddedSource]]


class TopicEmbedder:
    """A model of four topics: a text points where its words do, and nowhere when it has none of them."""

    name, dimension = "topics-4", 4
    topics = (
        {"python", "developer", "django", "c++", "c#", ".net", "node.js", "backend", "api"},
        {"design", "designer", "logo", "brand", "figma"},
        {"writer", "writing", "articles", "copy", "editor"},
        {"data", "statistics", "analyst", "sql", "it"},
    )

    def embed(self, texts: Sequence[str]) -> Vectors:
        counts = np.array(
            [[sum(word in topic for word in text.lower().split()) for topic in self.topics] for text in texts],
            dtype=np.float32,
        ).reshape(len(texts), self.dimension)
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return np.divide(counts, lengths, out=np.zeros_like(counts), where=lengths > 0)


def decoded(kind: Kind, rows: Iterable[Row]) -> list[Record]:
    decoder = msgspec.json.Decoder(KINDS[kind].record)
    return sorted((cast("Record", decoder.decode(json.dumps(row))) for row in rows), key=lambda record: record.id)


def skill(name: str, id_: str, aliases: Sequence[str] = (), broader: Sequence[str] = ()) -> Row:
    return {
        "id": f"skill_{id_}",
        "name": name,
        "aliases": list(aliases),
        "broader": [f"skill_{one}" for one in broader],
        "kind": "GROUP" if id_ == "programming" else "TECHNOLOGY",
        "description": None,
    }


def occupation(name: str, id_: str, isco: str, aliases: Sequence[str] = (), description: str = "") -> Row:
    return {
        "id": f"occ_{id_}",
        "name": name,
        "aliases": list(aliases),
        "iscoGroup": isco,
        "description": description,
    }


def client(id_: str, **facts: Any) -> Row:
    return {
        "id": f"client_{id_}",
        "name": f"Company {id_}",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "rating": 4.5,
        "reviewCount": 3,
        "totalSpent": 1000,
        "totalHires": 2,
        "totalJobsPosted": 5,
        "paymentVerified": True,
        "memberSince": "2020-01-01T00:00:00Z",
    } | facts


def job(id_: str, title: str, description: str, skills: str, occ: str, **facts: Any) -> Row:
    return {
        "id": f"job_{id_}",
        "title": title,
        "description": description,
        "occupationId": f"occ_{occ}",
        "skillIds": [f"skill_{one}" for one in skills.split()],
        "clientId": "client_a",
        "contractType": "FIXED_PRICE",
        "hourlyRate": None,
        "budget": None,
        "experienceLevel": "INTERMEDIATE",
        "duration": "MONTH",
        "workload": "PART_TIME",
        "publishedAt": "2026-05-01T12:00:00Z",
        "status": "OPEN",
        "proposalCount": 5,
        "freelancersToHire": 1,
        "preferredCountries": [],
        "locationMandatory": False,
        "timezone": "Europe/Berlin",
        "languages": ["en"],
    } | facts


def hourly(low: float, high: float) -> Row:
    return {"contractType": "HOURLY", "hourlyRate": {"min": low, "max": high, "currency": "USD"}}


def budget(amount: float) -> Row:
    return {"budget": {"amount": amount, "currency": "EUR"}}


def talent(id_: str, title: str, overview: str, skills: str, occ: str, rate: float, **facts: Any) -> Row:
    return {
        "id": f"talent_{id_}",
        "name": f"Person {id_}",
        "title": title,
        "overview": overview,
        "occupationId": f"occ_{occ}",
        "skillIds": [f"skill_{one}" for one in skills.split()],
        "hourlyRate": {"amount": rate, "currency": "USD"},
        "experienceLevel": "EXPERT",
        "jobSuccessScore": None,
        "badge": "NONE",
        "totalEarnings": 0,
        "totalHours": 0,
        "totalJobs": 0,
        "rating": None,
        "reviewCount": 0,
        "availability": "FULL_TIME",
        "hoursPerWeek": 40,
        "country": "PL",
        "timezone": "Europe/Warsaw",
        "languages": [{"code": "en", "level": "FLUENT"}],
        "responseTimeHours": 4,
        "lastActiveAt": "2026-06-01T00:00:00Z",
        "memberSince": "2021-01-01T00:00:00Z",
    } | facts


SKILLS = [
    skill("Programming", "programming", ["coding"]),
    skill("Python", "python", ["CPython"], ["programming"]),
    skill("C++", "cpp", ["cpp"], ["programming"]),
    skill("C#", "csharp", ["C sharp"], ["programming"]),
    skill(".NET", "dotnet", ["dotnet"], ["programming"]),
    skill("Node.js", "node", ["NodeJS"], ["programming"]),
    skill("Figma", "figma"),
    skill("SQL", "sql", ["Structured Query Language"], ["programming"]),
]
OCCUPATIONS = [
    occupation("Software developer", "dev", "2512", ["programmer"], "Writes software"),
    occupation("Graphic designer", "design", "2166", ["visual artist"]),
    occupation("Author", "writer", "2641", ["copywriter"], "Writes texts"),
    occupation("Data analyst", "data", "2511"),
]
CLIENTS = [
    client("a"),
    client("b", country="US", rating=None, totalSpent=0, paymentVerified=False),
    client("c", country="JP", rating=3.25, totalSpent=250000.5, memberSince="2015-06-01T00:00:00Z"),
]
JOBS = [
    job("01", "Python developer", "Backend API in Python", "python sql", "dev", **hourly(20, 40), proposalCount=0),
    job("02", "C++ developer", "Fast code", "cpp", "dev", **hourly(50, 90), clientId="client_b"),
    job("03", ".NET developer", "A .NET backend in C#", "dotnet csharp", "dev", **budget(5000), clientId="client_c"),
    job("04", "Node.js developer", "An api", "node", "dev", **budget(5000), status="CLOSED"),
    job("05", "Logo design", "A logo for our brand", "figma", "design", **budget(150.5), proposalCount=40),
    job("06", "Logo design", "A logo for our brand", "figma", "design", **budget(150.5), proposalCount=12),
    job("07", "Logo design", "A logo for our brand", "figma", "design", clientId="client_b", workload="FULL_TIME"),
    job("08", "Article writer", "Writing articles", "", "writer", **budget(0), languages=["en", "de"]),
    job("09", "IT data analyst", "SQL and statistics", "sql python", "data", **hourly(20, 20), proposalCount=5),
    job("10", "Zookeeper", "", "", "writer", **budget(75), preferredCountries=["DE", "AT"], locationMandatory=True),
    job("11", "Café editor", "Edit copy for a café", "", "writer", clientId="client_c", languages=[]),
    job("12", "Legacy developer", "Python and C maintenance", "python", "dev", clientId="client_c", **hourly(10, 90)),
]
PUBLISHED = ["2026-05-01T12:00:00Z", "2026-05-02T12:00:00.000001Z", "2026-05-02T12:00:00Z", "2026-05-01T14:00:00+02:00"]
for at, row in enumerate(JOBS):
    row["publishedAt"] = PUBLISHED[at % len(PUBLISHED)]
TALENT = [
    talent("01", "Python developer", "Django and data", "python sql", "dev", 40, jobSuccessScore=100, country="DE"),
    talent("02", "Logo designer", "Brand design", "figma", "design", 25, jobSuccessScore=90, totalEarnings=1234.56),
    talent("03", "Technical writer", "", "", "writer", 25, languages=[{"code": "de", "level": "NATIVE"}]),
    talent("04", "Data analyst", "Statistics in Python", "python", "data", 60, jobSuccessScore=90, rating=4.9),
    talent("05", "C# developer", ".NET", "csharp dotnet", "dev", 55, lastActiveAt="2026-06-05T08:00:00Z", rating=1),
    talent("06", "Developer", "", "", "dev", 10, availability="UNAVAILABLE", hoursPerWeek=0),
    talent("07", "Developer", "", "", "dev", 10, badge="TOP_RATED"),
    talent("08", "Editor", "I edit copy", "", "writer", 18.75, jobSuccessScore=0, totalEarnings=99999),
    talent("09", "Beekeeper", "", "", "writer", 12, languages=[], lastActiveAt="2025-12-31T23:59:59Z"),
    talent("10", "Full-stack developer", "Python and Node.js", "python node", "dev", 80, totalEarnings=1234.56),
]


@pytest.fixture(scope="session")
def market() -> Market:
    """12 jobs, 10 talent, 3 clients, 8 skills and 4 occupations, by kind, in the order of their ids."""
    rows = {
        Kind.SKILL: SKILLS,
        Kind.OCCUPATION: OCCUPATIONS,
        Kind.CLIENT: CLIENTS,
        Kind.JOB: JOBS,
        Kind.TALENT: TALENT,
    }
    return {kind: decoded(kind, some) for kind, some in rows.items()}


@pytest.fixture(scope="session")
def make_jobs() -> Callable[[Iterable[Row]], list[Record]]:
    """Jobs made of the fields that matter: `id`, `title`, `description` and whatever a test is about."""

    def made(rows: Iterable[Row]) -> list[Record]:
        plain = {"title": "", "description": "", "skills": "", "occ": "dev"}
        return decoded(
            Kind.JOB, (job(id_=row["id"], **plain | {k: v for k, v in row.items() if k != "id"}) for row in rows)
        )

    return made


@pytest.fixture(scope="session")
def topics() -> TopicEmbedder:
    return TopicEmbedder()


@pytest.fixture(scope="session")
def wordllama() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


@pytest.fixture(scope="session")
def prepared() -> Callable[..., dict[Kind, list[IndexedDocument]]]:
    """Records made ready for an engine, as an indexing run does it."""

    def prepare(market: Market, embedder: Model | Embedder | None) -> dict[Kind, list[IndexedDocument]]:
        model = embedder if embedder is None or isinstance(embedder, Model) else model_with(embedder, None)
        others = {record.id: record for records in market.values() for record in records}
        return {kind: [indexed(kind, one, others, model) for one in records] for kind, records in market.items()}

    return prepare


def indexed(kind: Kind, record: Record, others: dict[str, Record], model: Model | None) -> IndexedDocument:
    spec = KINDS[kind]
    texts = spec.texts(record, others)
    vector = model.document_vectors([texts])[0] if model else None
    fields = {field.name: tuple(field.values(record, others)) for field in spec.fields}
    return IndexedDocument(
        Document(Ref(kind, record.id), record),
        texts,
        cast("Any", fields),
        {order.name: order.value(record, others) for order in spec.sorts},
        vector if vector is not None and vector.any() else None,
    )


@pytest.fixture(scope="session")
def build(prepared: Callable[..., dict[Kind, list[IndexedDocument]]]) -> Callable[..., str]:
    """Builds an index of a market in a target and returns the name of its generation."""

    def built(
        target: Target,
        market: Market,
        embedder: Embedder | None,
        batch: int = 5,
        adaptation: bytes | None = None,
        skills: SkillStatistics | None = None,
        occupations: OccupationStatistics | None = None,
    ) -> str:
        counts = {kind: len(records) for kind, records in market.items()}
        model = model_with(embedder, adaptation) if embedder else None
        name, dimension = (model.name, model.dimension) if model else (None, 0)
        with target.reserve() as site, site.build(counts, name, dimension) as writer:
            if adaptation is not None:
                writer.adapt(adaptation)
            if skills is not None or occupations is not None:
                writer.relate(skills or NOTHING_KNOWN, occupations or NOTHING_USUAL)
            for kind, documents in prepared(market, model).items():
                for start in range(0, len(documents), batch):
                    writer.write(kind, documents[start : start + batch])
            assert writer.complete() == ()
            return writer.publish()

    return built


@pytest.fixture(scope="session")
def build_embedded(build: Callable[..., str]) -> Callable[..., str]:
    """Builds an index of a market in a data directory of the embedded engine."""
    return lambda data_dir, market, embedder, **more: build(EmbeddedTarget(data_dir), market, embedder, **more)


@pytest.fixture(scope="session")
def change_embedded() -> Callable[[Path], EmbeddedChanges]:
    """Changes the index in a data directory of the embedded engine."""
    return EmbeddedChanges


@pytest.fixture(scope="session")
def open_embedded() -> OpenSource:
    """Opens the embedded engine on a data directory, and closes it."""

    @asynccontextmanager
    async def opened(data_dir: Path, embedder: Embedder, reload_seconds: float = 60) -> AsyncIterator[EmbeddedSource]:
        source = EmbeddedSource(data_dir, lambda: embedder, threads=2, reload_seconds=reload_seconds)
        await source.start()
        try:
            yield source
        finally:
            await source.close()

    return opened


@pytest.fixture(scope="session")
def passes() -> Passes:
    """The meaning of a filter, in Python: what an engine has to agree with."""

    def passed(wanted: Filter, document: IndexedDocument) -> bool:
        match wanted:
            case AllOf(parts):
                return all(passed(part, document) for part in parts)
            case AnyOf(parts):
                return any(passed(part, document) for part in parts)
            case Not(part):
                return not passed(part, document)
            case Exists(field):
                return bool(document.fields[field])
            case Terms(field, values, every):
                return (all if every else any)(value in document.fields[field] for value in values)
            case Range(field):
                return any(lies_in(wanted, cast("Any", value)) for value in document.fields[field])

    return passed


def lies_in(wanted: Range, value: Any) -> bool:
    return (
        (wanted.gt is None or value > wanted.gt)
        and (wanted.gte is None or value >= wanted.gte)
        and (wanted.lt is None or value < wanted.lt)
        and (wanted.lte is None or value <= wanted.lte)
    )


@pytest.fixture(scope="session")
def moment() -> Callable[[str], datetime]:
    return datetime.fromisoformat


@pytest.fixture(scope="session")
def ref() -> Callable[[str], Ref]:
    """The entity that an id names, which has to have the form of one."""

    def named(id_: str) -> Ref:
        found = ref_of(id_)
        assert found is not None
        return found

    return named
