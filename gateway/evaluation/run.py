"""One evaluation: a labelled set in, figures out."""

from collections.abc import Sequence
from pathlib import Path

from gateway.embedders import check_embedder, plain_embedder
from gateway.evaluation.dataset import read_dataset
from gateway.evaluation.documents import corpus_of
from gateway.evaluation.measures import measured, published_figures
from gateway.evaluation.picture import check_drawing, draw
from gateway.evaluation.report import Evaluation, ModeFigures, as_json, check_folders, report_lines
from gateway.evaluation.searching import DEPTH, adaptation_of_index, indexed, ranked_by_modes
from gateway.settings import Settings
from indexing.progress import Progress
from resolvers.sources.adaptation import model_with
from resolvers.sources.base import RetrievalMode
from resolvers.sources.embedding import Embedder


def evaluate(
    folder: Path,
    modes: Sequence[RetrievalMode],
    *,
    settings: Settings,
    grouped: bool,
    catalog: Path | None,
    json: Path | None,
    plot: Path | None,
    progress: Progress,
) -> list[str]:
    """Measure the gateway on a labelled set, write the files that are named, and return the report's lines.

    Published systems rank record by record, so they stand beside a ranking that does so too.

    The model is that of the settings, adapted as it was for the index in the data directory `catalog`; without one, it
    learns from the corpus, as an index of such documents does.

    Raises InvalidDataset, SettingsError, SourceUnavailable when `catalog` has no index of this model, or the model does
    not answer, PictureNotPossible, and OSError for a file that cannot be written; for one in no folder before anything
    is measured.
    """
    if plot is not None:
        check_drawing(plot)
    check_folders(json, plot)
    check_embedder(settings)
    evaluation = _measured(folder, modes, plain_embedder(settings), grouped, catalog, progress)
    if json is not None:
        json.write_bytes(as_json(evaluation))
    if plot is not None:
        draw(evaluation, plot)
    return list(report_lines(evaluation))


def _measured(
    folder: Path,
    modes: Sequence[RetrievalMode],
    embedder: Embedder,
    grouped: bool,
    catalog: Path | None,
    progress: Progress,
) -> Evaluation:
    dataset = read_dataset(folder)
    corpus = corpus_of(dataset, grouped=grouped)
    adaptation = corpus.learned(embedder) if catalog is None else adaptation_of_index(catalog, embedder)
    with indexed(corpus, embedder, adaptation, progress) as data_dir:
        ranked = ranked_by_modes(data_dir, corpus, dataset.queries, modes, embedder, progress)
    return Evaluation(
        dataset=dataset.name,
        records=len(dataset.records),
        documents=len(corpus.documents),
        searched_as=corpus.kind.value,
        queries=len(dataset.queries),
        depth=DEPTH,
        model=model_with(embedder, adaptation).name,
        modes=[
            ModeFigures(mode.value, measured(found.rankings, dataset.judged), 1_000 * found.median_seconds)
            for mode, found in ranked.items()
        ],
        published=published_figures(() if grouped else dataset.published),
        notes=list(dataset.notes),
    )
