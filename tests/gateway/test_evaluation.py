"""Measuring on labelled sets: what is read, what is refused, and what the figures are."""

import asyncio
import gzip
import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.embedders import embedder
from gateway.evaluation.dataset import InvalidDataset, read_dataset
from gateway.evaluation.documents import corpus_of
from gateway.evaluation.measures import MEASURES, measured, published_figures
from gateway.evaluation.picture import PictureNotPossible
from gateway.evaluation.recommending import evaluate_recommendations, sampled
from gateway.evaluation.run import evaluate
from gateway.evaluation.searching import indexed
from gateway.evaluation.withheld import Catalog, catalog_in, withheld
from gateway.settings import Settings
from indexing.adapting import adaptation_of_names
from indexing.progress import SilentProgress
from resolvers.catalog.kind import Kind
from resolvers.errors import SourceUnavailable
from resolvers.sources.base import RetrievalMode
from resolvers.sources.embedded.layout import Layout
from resolvers.sources.embedded.manifest import kept_occupations
from resolvers.sources.learned import Adaptation
from tests.support.demo import Demo

NAMES = [("n1", "", "web developer", "A"), ("n2", "", "website programmer", "A"), ("n3", "", "pastry chef", "B")]
TEXTS = [("t1", "wings", "the lift of a wing", None), ("t2", "boats", "the keel of a boat", None)]
HEADER = "query-id\tcorpus-id\tscore"


def write_set(
    folder: Path,
    corpus: Sequence[tuple[str, str, str, str | None]] = NAMES,
    queries: Sequence[tuple[str, str]] = (("q1", "web developers"), ("q2", "nobody judged this")),
    qrels: Sequence[str] = (HEADER, "q1\tn1\t1", "q1\tn2\t1", "q2\tn3\t0"),
) -> Path:
    (folder / "qrels").mkdir(parents=True)
    rows = [
        {"_id": id_, "title": title, "text": text} | ({"metadata": {"group": group}} if group else {})
        for id_, title, text, group in corpus
    ]
    asked = [{"_id": id_, "text": text} for id_, text in queries]
    (folder / "corpus.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "queries.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in asked))
    (folder / "qrels" / "test.tsv").write_text("".join(f"{line}\n" for line in qrels))
    return folder


def lines(folder: Path, *modes: RetrievalMode, grouped: bool = False, **files: Any) -> list[str]:
    wanted: dict[str, Any] = {"catalog": None, "json": None, "plot": None} | files
    how = {"settings": Settings(), "grouped": grouped, "progress": SilentProgress()} | wanted
    return evaluate(folder, modes or (RetrievalMode.LEXICAL,), **how)


def test_a_set_has_the_queries_that_something_is_right_for(tmp_path: Path) -> None:
    found = read_dataset(write_set(tmp_path / "small"))
    assert (found.name, [record.id for record in found.records]) == ("small", ["n1", "n2", "n3"])
    assert [query.id for query in found.queries] == ["q1"]
    assert found.judged == {"q1": {"n1": 1, "n2": 1}}
    assert found.is_of_names


@pytest.mark.parametrize(
    ("row", "record"),
    [("q1\tn 1\t1", "n 1"), ("q1\t0\tn 1\t1", "n 1"), ("q1\t0\tn1\t1", "n1"), ("q1 0 n1 1", "n1")],
)
def test_judgements_have_three_columns_or_the_four_of_trec_eval(tmp_path: Path, row: str, record: str) -> None:
    assert read_dataset(write_set(tmp_path / "set", qrels=[row])).judged == {"q1": {record: 1}}


def test_judgements_need_no_header(tmp_path: Path) -> None:
    assert read_dataset(write_set(tmp_path / "set", qrels=["q1\tn3\t2"])).judged == {"q1": {"n3": 2}}


def test_judgements_may_be_written_as_decimals_and_said_again(tmp_path: Path) -> None:
    qrels = ["q1\tn1\t1.0", "q1\tn2\t+2", "q1\tn3\t-1", "q1\tn1\t1"]
    assert read_dataset(write_set(tmp_path / "set", qrels=qrels)).judged == {"q1": {"n1": 1, "n2": 2}}


def test_a_record_may_have_a_title_and_no_text(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "corpus.jsonl").write_text('{"_id": "n1", "title": "web developer"}\n{"_id": "n2", "text": "chef"}')
    found = read_dataset(folder)
    assert [(record.title, record.text) for record in found.records] == [("web developer", ""), ("", "chef")]
    assert corpus_of(found, grouped=False).kind is Kind.JOB


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        (
            "corpus.jsonl",
            '{"_id": "n1", "text": "a"}\n{"_id": 2, "text": null}',
            "corpus.jsonl:2: a record has a `text` or a `title`, or both",
        ),
        ("queries.jsonl", '{"_id": "q1"}', "queries.jsonl:1: Object missing required field `text`"),
        ("qrels/test.tsv", "q1\tn1\t0.5", "test.tsv:1: expected query, record and a whole number"),
        ("qrels/test.tsv", "q1\tn1\tinf", "test.tsv:1: expected query, record and a whole number"),
        ("qrels/test.tsv", "q1\tn1\t3000000000", "test.tsv:1: a judgement is 1,000 at the most"),
        (
            "qrels/test.tsv",
            "q1\tn1\t1\nq1\tn2\t-" + "9" * 5000,
            "test.tsv:2: expected query, record and a whole number",
        ),
        ("corpus.jsonl", '{"_id": 1, "text": "a"}\n{"_id": "1", "text": "b"}', "corpus.jsonl:2: the _id '1' is"),
        ("corpus.jsonl", '{"_id": "n1", "text": "a"}\n\n{"_id": "n1", "text": "b"}', "corpus.jsonl:3: the _id 'n1' is"),
        ("corpus.jsonl", "\n", "corpus.jsonl: the file has no line"),
        ("queries.jsonl", '{"_id": "q1", "text": " "}', "queries.jsonl: the query 'q1' says nothing"),
        ("queries.jsonl", '{"_id": "q1", "text": "a"', "queries.jsonl:1: "),
        ("qrels/test.tsv", f"{HEADER}\nq1\tn1", "test.tsv:2: expected query, record and a whole number"),
        ("qrels/test.tsv", "q1\tn1\t1\nq1\tn1\t2", "test.tsv:2: this pair is already judged otherwise in line 1"),
        ("qrels/test.tsv", "q9\tn1\t1", "test.tsv: no query has a judgement above 0"),
        ("qrels/test.tsv", HEADER, "test.tsv: no query has a judgement above 0"),
        ("published_results.tsv", "bm25\tmap\thigh", "published_results.tsv:1: expected system, measure and a number"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, file: str, content: str, problem: str) -> None:
    folder = write_set(tmp_path / "set", queries=[("q1", "web developers")], qrels=["q1\tn1\t1"])
    (folder / file).write_text(content)
    with pytest.raises(InvalidDataset) as refusal:
        read_dataset(folder)
    assert problem in refusal.value.message


def test_judgements_of_what_is_not_in_the_set_are_told_and_count_as_in_trec_eval(tmp_path: Path) -> None:
    qrels = (HEADER, "q1\tn1\t1", "q1\tn9\t1", "q9\tn1\t1", "q9\tn2\t0")
    folder = write_set(tmp_path / "set", qrels=qrels)
    found = read_dataset(folder)
    notes = [
        (
            f"{Path('qrels') / 'test.tsv'}:4: queries.jsonl does not have what this line judges; "
            "there are 2 such lines, which are left out"
        ),
        (
            f"{Path('qrels') / 'test.tsv'}:3: corpus.jsonl does not have what this line judges; "
            "there are 1 such lines, which are counted as not found"
        ),
    ]
    assert (found.judged, list(found.notes)) == ({"q1": {"n1": 1, "n9": 1}}, notes)
    assert lines(folder, json=tmp_path / "a.json")[-2:] == notes
    figures = json.loads((tmp_path / "a.json").read_bytes())
    assert (figures["notes"], figures["modes"][0]["measures"]["MAP"]) == (notes, 0.5)


def test_sets_may_be_compressed_with_odd_ids_line_ends_and_empty_texts(tmp_path: Path) -> None:
    folder, long = tmp_path / "set", "x" * 70_000
    (folder / "qrels").mkdir(parents=True)
    rows = [
        {"_id": 7, "title": None, "text": "web developer", "metadata": None},
        {"_id": "ä/\u0000 '\"", "text": "", "metadata": {"group": 3, "url": "…"}},
        {"_id": long, "title": "", "text": "pastry chef", "metadata": ["x"]},
    ]
    corpus = "\ufeff" + "\r\n".join(map(json.dumps, rows))
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(corpus.encode()))
    asked = '{"_id": 1, "text": "chef"}\r\n{"_id": "silent", "text": ""}\r\n'
    (folder / "queries.jsonl.gz").write_bytes(gzip.compress(asked.encode()))
    (folder / "qrels" / "test.tsv.gz").write_bytes(gzip.compress(f"\ufeff1\t{long}\t2\r\n1 0 7 1\r\n".encode()))
    (folder / "published_results.tsv.gz").write_bytes(gzip.compress(b"theirs\tmap\t0.5\r\n"))
    found = read_dataset(folder)
    assert [record.id for record in found.records] == ["7", "ä/\u0000 '\"", long]
    assert [record.group for record in found.records] == [None, "3", None]
    assert found.judged == {"1": {long: 2, "7": 1}}
    lines(folder, *RetrievalMode, json=tmp_path / "a.json")
    first, *others = (mode["measures"] for mode in json.loads((tmp_path / "a.json").read_bytes())["modes"])
    # Above 0 is right for MAP; nDCG counts the grades: 2 in the first place, 1 is not found by words.
    assert (first["MAP"], first["nDCG@10"]) == (0.5, pytest.approx(2 / (2 + 1 / math.log2(3))))
    assert all(one["MAP"] == 1.0 for one in others)


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"a" * 99, mtime=0)[:-9], gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20]
)
def test_a_damaged_compressed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl.gz").write_bytes(content)
    with pytest.raises(InvalidDataset, match=r"corpus.jsonl"):
        read_dataset(folder)


def test_what_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset, match="is no folder"):
        read_dataset(tmp_path / "nowhere")
    folder = write_set(tmp_path / "set")
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "a"}\n\xff')
    with pytest.raises(InvalidDataset, match=r"queries.jsonl:2: the file is not in UTF-8"):
        read_dataset(folder)
    (folder / "queries.jsonl").unlink()
    with pytest.raises(InvalidDataset, match=r"queries.jsonl is missing"):
        read_dataset(folder)
    (folder / "queries.jsonl").mkdir()
    with pytest.raises(InvalidDataset, match=r"queries.jsonl cannot be read: Is a directory"):
        read_dataset(folder)


def test_names_are_occupations_and_texts_are_jobs(tmp_path: Path) -> None:
    names = read_dataset(write_set(tmp_path / "names"))
    texts = read_dataset(write_set(tmp_path / "texts", TEXTS, qrels=["q1\tt1\t1"]))
    assert corpus_of(names, grouped=False).kind is Kind.OCCUPATION
    assert corpus_of(texts, grouped=False).kind is Kind.JOB
    grouped = corpus_of(names, grouped=True)
    assert grouped.records == {"occ_000000000": ["n1", "n2"], "occ_000000001": ["n3"]}
    assert [ready.texts.aliases for ready in grouped.ready()] == [("website programmer",), ()]
    with pytest.raises(InvalidDataset, match="leave --grouped out"):
        corpus_of(texts, grouped=True)
    with pytest.raises(InvalidDataset, match=r"'n4' of loose has no metadata.group"):
        corpus_of(read_dataset(write_set(tmp_path / "loose", [*NAMES, ("n4", "", "x", None)])), grouped=True)


def test_measures_are_those_of_trec_eval() -> None:
    judged = {"q1": {"a": 1, "b": 1}, "q2": {"c": 1}}
    found = measured({"q1": ["x", "a", "b"], "q2": []}, judged)
    assert found["MAP"] == pytest.approx((1 / 2 + 2 / 3) / 2 / 2)
    assert found["MRR"] == pytest.approx(1 / 2 / 2)
    assert found["Recall@50"] == found["success@10"] == 0.5
    assert found.keys() == MEASURES.keys()


def test_published_figures_are_those_that_are_measured_here(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "published_results.tsv").write_text("a\tmap\t0.1\na\tRprec\t0.9\nb\tmap\t0.2\nb\trecip_rank\t0.3\n")
    published = published_figures(read_dataset(folder).published)
    assert published == {"b": {"MAP": 0.2, "MRR": 0.3}, "a": {"MAP": 0.1}}
    assert list(published) == ["b", "a"]


def test_a_set_is_searched_in_every_mode_and_its_figures_are_reported(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "published_results.tsv").write_text("theirs\tmap\t0.25\n")
    report = lines(folder, *RetrievalMode, json=tmp_path / "a.json", plot=tmp_path / "a.svg")
    assert report[0].startswith("set: 3 records, searched as occupation; 1 queries, ranked 1,000 deep; wordllama-256")
    assert [line.split()[0] for line in report[1:]] == ["MAP", "LEXICAL", "SEMANTIC", "HYBRID", "theirs"]
    figures = json.loads((tmp_path / "a.json").read_bytes())
    by_mode = {mode["mode"]: mode["measures"] for mode in figures["modes"]}
    # Words alone find one of the two names.
    assert by_mode["LEXICAL"]["MAP"] == 0.5
    assert by_mode["HYBRID"]["MAP"] == by_mode["SEMANTIC"]["MAP"] == 1.0
    assert figures["published"] == {"theirs": {"MAP": 0.25}}
    assert "theirs 0.250" in (tmp_path / "a.svg").read_text()


def test_names_of_a_group_are_found_together(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "published_results.tsv").write_text("theirs\tmap\t0.25\n")
    report = lines(folder, grouped=True, json=tmp_path / "a.json")
    assert report[0].startswith("set: 3 records in 2 documents")
    figures = json.loads((tmp_path / "a.json").read_bytes())
    assert figures["modes"][0]["measures"]["MAP"] == 1.0
    # They rank record by record, and cannot be compared.
    assert figures["published"] == {}


def test_a_picture_of_no_known_format_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(PictureNotPossible, match=r"ends in one of .*png"):
        lines(tmp_path / "nowhere", plot=tmp_path / "a.xyz")


@pytest.mark.parametrize("option", ["json", "plot"])
def test_a_file_in_no_folder_is_refused_before_anything_is_measured(tmp_path: Path, option: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such folder; make it first: .*nowhere"):
        lines(tmp_path / "no set", **{option: tmp_path / "nowhere" / "a.svg"})


def test_the_model_of_an_index_is_used(tmp_path: Path) -> None:
    folder, index = write_set(tmp_path / "set"), tmp_path / "index"
    with pytest.raises(SourceUnavailable, match="has no index: index a catalog there first"):
        lines(folder, catalog=index)
    aliases = [["coder", f"w{number} web developer", f"w{number} website programmer"] for number in range(500)]
    adaptation = adaptation_of_names(aliases, embedder())
    assert adaptation is not None
    corpus = corpus_of(read_dataset(folder), grouped=False)
    with indexed(corpus, embedder(), adaptation, SilentProgress()) as data_dir:
        [first, *_] = lines(folder, RetrievalMode.HYBRID, catalog=data_dir)
    assert first.endswith(f"wordllama-256-singular+{Adaptation.of(adaptation).name}")


def test_without_matplotlib_the_extra_is_named() -> None:
    hidden = "import sys; sys.modules['matplotlib'] = None\n"
    draw = (
        "from pathlib import Path; from gateway.evaluation.picture import check_drawing; check_drawing(Path('a.png'))"
    )
    done = subprocess.run([sys.executable, "-c", hidden + draw], capture_output=True, text=True, check=False)
    assert "--plot needs matplotlib: install discovery-gateway[evaluate]" in done.stderr


def test_queries_are_searched_by_the_concepts_that_they_name_as_in_the_api(tmp_path: Path) -> None:
    corpus = [("n1", "", "JavaScript", None), ("n2", "", "pastry chef", None)]
    folder = write_set(tmp_path / "set", corpus, [("q1", "js")], ["q1\tn1\t1"])
    report = tmp_path / "figures.json"
    lines(folder, RetrievalMode.LEXICAL, json=report)
    [mode] = json.loads(report.read_text())["modes"]
    assert mode["measures"]["MAP"] == 1.0


def test_recommendations_are_measured_without_occupations_and_break_no_rule(demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    first, header, *rows = evaluate_recommendations(
        Settings(data_dir=demo.data_dir), jobs=30, seed=1, json=file, progress=SilentProgress()
    )
    assert first == "30 open jobs and 200 talent, occupations withheld; right is who has the job's own"
    assert header.split()[:3] == ["nDCG@10", "P@10", "MRR"]
    found = {one["ranking"]: one for one in json.loads(file.read_bytes())["rankings"]}
    assert [row.split("  ")[0] for row in rows] == list(found)
    assert list(found) == [
        "text only: title",
        "text only",
        "text only: every word",
        "embeddings only: title",
        "embeddings only",
        "full model",
    ]
    full = found["full model"]
    assert full["violations"] == 0
    assert full["lead"] == 0
    assert all(full["measures"]["nDCG@10"] > one["measures"]["nDCG@10"] for one in found.values() if one is not full)


def test_what_is_usual_is_learned_from_the_jobs_that_are_not_asked_about(demo: Demo) -> None:
    catalog = asyncio.run(catalog_in(demo.data_dir, embedder()))
    asked = sampled(catalog, 30, 1)
    with withheld(catalog, asked, demo.data_dir, embedder(), SilentProgress()) as folder:
        layout = Layout(folder)
        name = layout.current()
        assert name is not None
        learned = kept_occupations(layout.path(name))
    others = [job for job in catalog.jobs if job.id not in asked]
    assert learned.jobs == len(others) == len(catalog.jobs) - 30
    assert dict(zip(learned.occupations, learned.sizes.tolist(), strict=True)) == Counter(
        job.occupation_id for job in others
    )


def test_recommendations_need_an_index_with_somebody_to_be_right(demo: Demo, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="nothing has been indexed yet"):
        evaluate_recommendations(Settings(data_dir=tmp_path), jobs=1, seed=1, json=None, progress=SilentProgress())
    catalog = asyncio.run(catalog_in(demo.data_dir, embedder()))
    nobody = Catalog({**catalog.records, Kind.TALENT: []}, catalog.skills)
    with pytest.raises(SourceUnavailable, match="no open job of the index has talent of its occupation"):
        sampled(nobody, 1, 1)
    judged = sampled(catalog, 5, 1)
    assert judged == sampled(catalog, 5, 1)
    assert len(judged) == 5
