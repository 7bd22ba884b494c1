"""What the commands run, so that a test can give them something else to run."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from gateway.settings import Settings
from gateway.settings.model import Engine
from indexing.changes.summary import ChangesSummary
from indexing.progress import Progress
from resolvers.sources.base import RetrievalMode
from resolvers.sources.feedback import Surface
from schema.references import Neighbour


class Summary(Protocol):
    """What an indexing run did: the part of `indexing.summary.IndexSummary` that is printed."""

    @property
    def read(self) -> int:
        """How many records there were."""

    @property
    def indexed(self) -> Mapping[str, int]:
        """How many documents the index has, by kind."""

    @property
    def rejected(self) -> Mapping[str, int]:
        """How many records were refused, by reason."""

    @property
    def rejections(self) -> Sequence[object]:
        """The first refused records; the text of each names file, line, field and reason."""

    @property
    def seconds(self) -> float:
        """How long the run took."""

    @property
    def documents_per_second(self) -> float:
        """The rate of the whole run."""

    @property
    def generation(self) -> str:
        """The name of the generation that answers from now on."""


class IndexCatalog(Protocol):
    """Reads a catalog feed and switches to an engine's index built from it. Raises IndexingError when it could not.

    Every rejection goes into the file `rejections`.
    """

    def __call__(
        self,
        paths: Sequence[Path],
        settings: Settings,
        engine: Engine,
        *,
        strict: bool,
        embeddings: bool,
        rejections: Path | None,
        progress: Progress,
    ) -> Summary: ...


class ApplyChanges(Protocol):
    """Applies the changes of files to the index. Raises IndexingError when it could not."""

    def __call__(
        self, paths: Sequence[Path], settings: Settings, *, strict: bool, progress: Progress
    ) -> ChangesSummary: ...


class WriteDemo(Protocol):
    """Writes a demo catalog in the feed format and counts what it wrote, by kind.

    Nothing in it is later than `present`.

    Raises FileExistsError, unless `force`, where there is a catalog that is no demo.
    """

    def __call__(
        self, directory: Path, *, jobs: int, talent: int, seed: int, present: datetime, force: bool
    ) -> Mapping[str, int]: ...


class Evaluate(Protocol):
    """Measures the ranking on a labelled set with the embedder of the settings, and returns a report's lines.

    Writes the files that are named. Raises DiscoveryError when the set, or what else is named, cannot be used.
    """

    def __call__(
        self,
        folder: Path,
        modes: Sequence[RetrievalMode],
        *,
        settings: Settings,
        grouped: bool,
        catalog: Path | None,
        json: Path | None,
        plot: Path | None,
        progress: Progress,
    ) -> Sequence[str]: ...


class EvaluateRecommendations(Protocol):
    """Measures recommendations on the catalog of the settings' index, and returns a report's lines.

    Raises DiscoveryError when there is no such index, or it is of another model.
    """

    def __call__(
        self, settings: Settings, *, jobs: int, seed: int, json: Path | None, progress: Progress
    ) -> Sequence[str]: ...


class ReportExperiments(Protocol):
    """Compares the arms of experiments by the feedback beside the settings' index, and returns a report's lines.

    Writes the files that are named. Raises DiscoveryError when there is no feedback of an experiment.
    """

    def __call__(
        self,
        settings: Settings,
        *,
        experiment: str | None,
        since: datetime | None,
        json: Path | None,
        plot: Path | None,
    ) -> Sequence[str]: ...


class Train(Protocol):
    """Learns a ranker of a surface of the feedback beside the settings' index, and returns a report's lines.

    Raises DiscoveryError when there is too little to learn from, or when it was to be promoted and is not better than
    the ranker in use.
    """

    def __call__(
        self,
        settings: Settings,
        *,
        surface: Surface,
        since: datetime | None,
        seed: int,
        promoting: bool,
        progress: Progress,
    ) -> Sequence[str]: ...


class PromoteModel(Protocol):
    """Has a learned ranker of the settings' registry rank, and returns the line to tell. Raises DiscoveryError."""

    def __call__(self, settings: Settings, name: str, *, force: bool) -> str: ...


class ExplainPlan(Protocol):
    """The lines that show how an operation is executed, measured on the engine with `profile`.

    Raises DiscoveryError for an operation that the graph cannot answer, and where there is no index to profile on.
    """

    def __call__(self, query: Path, variables: str | None, settings: Settings, *, profile: bool) -> Sequence[str]: ...


@dataclass(frozen=True)
class Collaborators:
    """Everything that the commands run. `serve` and `follow` return when they have been stopped.

    `roll_back` returns the name of the generation that answers again, and `refresh_popularity` what it has counted.
    `list_models` returns a line for each learned ranker, and `roll_back_model` what ranks a surface again.
    """

    index_catalog: IndexCatalog
    apply_changes: ApplyChanges
    follow: Callable[[Settings], None]
    roll_back: Callable[[Settings], str]
    write_demo: WriteDemo
    serve: Callable[[Settings], None]
    print_schema: Callable[[Collection[Neighbour]], str]
    evaluate: Evaluate
    evaluate_recommendations: EvaluateRecommendations
    explain_plan: ExplainPlan
    report_experiments: ReportExperiments
    refresh_popularity: Callable[[Settings], Sequence[str]]
    train: Train
    list_models: Callable[[Settings], Sequence[str]]
    promote_model: PromoteModel
    roll_back_model: Callable[[Settings, Surface], str]
