"""The data of the workloads: out of the demo catalog, and the same at every run."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from indexing.demo.write import DemoKind, demo_records

Record = dict[str, Any]
JOBS = 100
SKILLS_EACH, BROADER_EACH = 5, 4
SEED = 7


def catalog() -> dict[str, list[Record]]:
    """Jobs with five skills each, their clients, and skills with four broader ones each, as the feed has them.

    Times are written as the graph answers them, so that no server but the gateway has to.
    """
    known = [one["id"] for one in _records("skill")]
    jobs = [_job(number, record, known) for number, record in enumerate(_records("job"))]
    named = {id_ for job in jobs for id_ in job["skillIds"]}
    skills = [one for one in _records("skill") if one["id"] in named]
    for number, skill in enumerate(skills):
        skill["broader"] = [skills[(number + step) % len(skills)]["id"] for step in (1, 7, 13, 29)]
    clients = {job["clientId"] for job in jobs}
    return {"jobs": jobs, "clients": [one for one in _records("client") if one["id"] in clients], "skills": skills}


def _records(kind: DemoKind) -> list[Record]:
    return list(demo_records(kind, jobs=JOBS, talent=0, seed=SEED))


def _job(number: int, record: Record, skills: Sequence[str]) -> Record:
    fillers = [skills[(11 * number + step) % len(skills)] for step in range(2 * SKILLS_EACH)]
    chosen = list(dict.fromkeys([*record["skillIds"], *fillers]))[:SKILLS_EACH]
    published = datetime.fromisoformat(record["publishedAt"]).isoformat()
    return record | {"skillIds": chosen, "publishedAt": published}
