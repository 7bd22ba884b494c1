"""The store of facts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.sources.embedded.documents import DocumentWriter, open_documents


def stored(path: Path, records: Any, **options: int) -> list[Document]:
    documents = [Document(Ref(Kind.JOB, record.id), record) for record in records]
    writer = DocumentWriter(path, **options)
    for start in range(0, len(documents), 7):
        writer.write(Kind.JOB, start, documents[start : start + 7])
    writer.close()
    return documents


def test_documents_come_back_by_reference_and_by_row(tmp_path: Path, market: Any) -> None:
    documents = stored(tmp_path / "store", market[Kind.JOB])
    store = open_documents(tmp_path / "store")
    assert store.fetch([document.ref for document in reversed(documents)]) == documents[::-1]
    assert store.at_rows(Kind.JOB, [3, 0, 11, 3]) == [documents[3], documents[0], documents[11], documents[3]]
    assert store.at_rows(Kind.TALENT, []) == []
    assert store.fetch([Ref(Kind.JOB, "job_none"), Ref(Kind.JOB, ""), Ref(Kind.JOB, "j" * 512)]) == [None] * 3


def test_a_store_grows_as_far_as_it_has_to(tmp_path: Path, make_jobs: Callable[..., Any]) -> None:
    jobs = make_jobs({"id": f"{at:03}", "description": f"{at} " * 2_000} for at in range(60))
    documents = stored(tmp_path / "store", jobs, first_map_bytes=1 << 16)
    assert (tmp_path / "store").stat().st_size > 1 << 18
    assert open_documents(tmp_path / "store").fetch([document.ref for document in documents]) == documents


def test_a_store_can_be_read_twice_in_one_process(tmp_path: Path, market: Any) -> None:
    documents = stored(tmp_path / "store", market[Kind.JOB])
    stores = [open_documents(tmp_path / "store") for _ in range(2)]
    assert [store.fetch([documents[0].ref]) for store in stores] == [[documents[0]]] * 2
