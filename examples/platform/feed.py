"""Records of the catalog feed: what the platform's other services know is said about the same entities."""

import gzip
import json
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def records(catalog: Path, name: str) -> list[Record]:
    """The records of a file, such as `jobs`, in their order."""
    with gzip.open(catalog / f"{name}.ndjson.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def number(id_: str) -> int:
    """The number at the end of an id, of which what the example makes up is derived."""
    return int(id_.rpartition("_")[2])
