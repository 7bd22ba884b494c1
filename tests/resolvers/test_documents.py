"""The store of facts."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.embedded.documents import Documents, DocumentWriter


def stored(path: Path, records: Any, **options: int) -> list[Document]:
    documents = [Document(Ref(Kind.JOB, record.id), record) for record in records]
    writer = DocumentWriter(path, **options)
    for start in range(0, len(documents), 7):
        writer.write(Kind.JOB, start, documents[start : start + 7])
    writer.close()
    return documents


def test_documents_come_back_by_reference_and_by_row(tmp_path: Path, market: Any) -> None:
    documents = stored(tmp_path / "store", market[Kind.JOB])
    store = Documents(tmp_path / "store")
    assert store.fetch([document.ref for document in reversed(documents)]) == documents[::-1]
    assert store.ids(Kind.JOB, [3, 0, 11, 3]) == ["job_04", "job_01", "job_12", "job_04"]
    assert store.ids(Kind.TALENT, []) == []
    assert (store.count(Kind.JOB), store.count(Kind.TALENT)) == (12, 0)
    assert store.fetch([Ref(Kind.JOB, "job_none"), Ref(Kind.JOB, ""), Ref(Kind.JOB, "j" * 512)]) == [None] * 3


def test_a_store_grows_as_far_as_it_has_to(tmp_path: Path, make_jobs: Callable[..., Any]) -> None:
    jobs = make_jobs({"id": f"{at:03}", "description": f"{at} " * 2_000} for at in range(60))
    documents = stored(tmp_path / "store", jobs, first_map_bytes=1 << 16)
    assert (tmp_path / "store").stat().st_size > 1 << 18
    assert Documents(tmp_path / "store").fetch([document.ref for document in documents]) == documents


def test_a_store_can_be_read_twice_in_one_process(tmp_path: Path, market: Any) -> None:
    documents = stored(tmp_path / "store", market[Kind.JOB])
    os.link(tmp_path / "store", tmp_path / "link")
    stores = [Documents(tmp_path / name) for name in ("store", "store", "link")]
    assert [store.fetch([documents[0].ref]) for store in stores] == [[documents[0]]] * 3


def test_an_id_is_found_among_the_ids_in_their_order(tmp_path: Path, make_jobs: Callable[..., Any]) -> None:
    stored(tmp_path / "store", make_jobs({"id": id_} for id_ in ("2", "4", "é")))
    store = Documents(tmp_path / "store")
    asked = ["job_1", "job_2", "job_3", "job_4", "job_é", "job_\U0001f600"]
    assert [store.find(Kind.JOB, id_) for id_ in asked] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
        (2, True),
        (3, False),
    ]
    assert store.find(Kind.TALENT, "talent_1") == (0, False)
