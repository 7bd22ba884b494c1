"""What is asked of every server."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from catalog import Record

REPRESENTATIONS = 200


class Workload(NamedTuple):
    """One operation."""

    name: str
    shown: str
    document: str
    variables: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        return orjson.dumps({"query": self.document, "variables": self.variables})


SEARCH = """query Search($text: String, $first: Int) {
  searchJobs(query: $text, understand: false, first: $first) {
    nodes {
      id title description contractType experienceLevel duration workload publishedAt status proposalCount timezone
      client { id name country rating reviewCount paymentVerified }
      skills { id name kind }
    }
  }
}"""
COUNT = "{ searchJobs { totalCount } }"
DEEP = """query Deep($first: Int) {
  searchJobs(first: $first) { nodes { id title skills { id name kind broader { id name kind } } } }
}"""
ENTITIES = """query Entities($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Job { id title contractType status publishedAt client { id name } }
    ... on Client { id name rating }
    ... on Skill { id name kind }
  }
}"""


def workloads(catalog: Mapping[str, Sequence[Record]]) -> list[Workload]:
    """The four operations about this data."""
    ids = [
        {"__typename": name, "id": record["id"]}
        for name, records in (("Job", "jobs"), ("Client", "clients"), ("Skill", "skills"))
        for record in catalog[records]
    ]
    # Kinds in turn, as they come from a router that has collected them.
    mixed = [ids[(number * 89) % len(ids)] for number in range(REPRESENTATIONS)]
    return [
        Workload("S1", "20 jobs, client, skills", SEARCH, {"text": "online shop", "first": 20}),
        Workload("S2", "`{ totalCount }`", COUNT, {}),
        Workload("S3", "100 jobs, 5 skills each, 4 broader skills each", DEEP, {"first": 100}),
        Workload("S4", f"`_entities` of {REPRESENTATIONS} representations", ENTITIES, {"representations": mixed}),
    ]
