"""What one operation works with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from secrets import token_hex
from typing import TypeVar, cast

from resolvers.catalog.kind import Document, Kind, Ref
from resolvers.catalog.kinds import ref_of
from resolvers.deadline import Deadline
from resolvers.errors import DeadlineExceeded, InvalidRequest, PageTooLarge, TooManyEntities
from resolvers.experiments.choosing import NO_EXPERIMENTS, Chosen, Experiments
from resolvers.loaders.aggregations import AggregationLoader
from resolvers.loaders.bounded import Batches
from resolvers.loaders.documents import DocumentLoader
from resolvers.loaders.rankings import RankingLoader
from resolvers.loaders.searches import SearchLoader
from resolvers.loaders.suggestions import SuggestionLoader
from resolvers.ranking.popularity import NOTHING_COUNTED, Popularity
from resolvers.sources.base import SearchRequest, Snapshot
from resolvers.sources.feedback import Feedback, Surface
from resolvers.sources.models import BY_HAND_ALONE, Rankers
from resolvers.sources.rankings import Forgetful, Rankings
from resolvers.sources.words import wanted_part
from resolvers.viewer import ANYBODY, Viewer
from resolvers.visitor import NOBODY, Visitor
from resolvers.vocabulary.vocabulary import EMPTY, NOTHING_NAMED, Vocabulary

T = TypeVar("T")


@dataclass(frozen=True)
class PageSizes:
    """How many items a page has when nobody says, and at most; and how many references a router may send at once."""

    default: int = 20
    maximum: int = 100
    references: int = 1_000

    def checked(self, name: str, asked: int | None) -> int:
        """How many items a page has for which the argument `name` asks; raises InvalidRequest and PageTooLarge."""
        if asked is None:
            return self.default
        if asked < 0:
            raise InvalidRequest(f"`{name}` is {asked}, and a page cannot have less than 0 items; ask for 1 or more")
        if asked > self.maximum:
            raise PageTooLarge(
                f"`{name}` is {asked}, and a page has {self.maximum} items at most; ask for more pages",
                limit=self.maximum,
                actual=asked,
            )
        return asked

    def check_references(self, count: int) -> None:
        """Raise TooManyEntities for more references than one `_entities` may have."""
        if count > self.references:
            raise TooManyEntities(
                f"`representations` has {count} references, and may have {self.references}; send several requests",
                limit=self.references,
                actual=count,
            )


class Context:
    """One operation: one view of the index, and the loaders that batch its questions to it.

    Made inside the running event loop, and never shared by two operations. Each loader is made when it is first used:
    most operations need one or two. `now` tells the time in UTC, and `rankers` judge what is recommended. `rankings`
    outlives it. `viewer` is whoever asks, as far as that can be believed, and `visitor` whom feedback counts them as.
    `experiments` may give them another ranker, and `feedback` is where what they are shown is kept; None where it is
    not. `popularity` is what feedback says of jobs and talent.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        page_sizes: PageSizes,
        deadline: Deadline | None = None,
        vocabulary: Vocabulary = EMPTY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rankings: Rankings | None = None,
        rankers: Rankers = BY_HAND_ALONE,
        viewer: Viewer = ANYBODY,
        visitor: Visitor = NOBODY,
        feedback: Feedback | None = None,
        experiments: Experiments = NO_EXPERIMENTS,
        popularity: Popularity = NOTHING_COUNTED,
    ) -> None:
        self.snapshot, self.page_sizes, self.vocabulary, self.now = snapshot, page_sizes, vocabulary, now
        self.rankers, self.viewer, self.visitor, self.feedback = rankers, viewer, visitor, feedback
        self.popularity, self._experiments = popularity, experiments
        self._batches = Batches(deadline or Deadline())
        self._rankings = rankings
        self._chosen: dict[Surface, Chosen] = {}

    @cached_property
    def documents(self) -> DocumentLoader:
        return DocumentLoader(self.snapshot, self._batches)

    @cached_property
    def searches(self) -> SearchLoader:
        return SearchLoader(self.snapshot, self.documents, self._batches)

    @cached_property
    def rankings(self) -> RankingLoader:
        return RankingLoader(self._rankings or Forgetful(), self._batches)

    @cached_property
    def aggregations(self) -> AggregationLoader:
        return AggregationLoader(self.snapshot, self._batches)

    @cached_property
    def suggestions(self) -> SuggestionLoader:
        return SuggestionLoader(self.snapshot, self._batches)

    @property
    def is_degraded(self) -> bool:
        """Whether any answer of the engine was, until now, less than it should have been, or older."""
        return self._batches.is_degraded

    def ranked_by(self, surface: Surface) -> Chosen:
        """What ranks there, the same for all fields of the operation."""
        chosen = self._chosen.get(surface)
        if chosen is None:
            present, is_on = self.rankers.of(surface), self._experiments.is_on(surface)
            # Models of arms may come and go meanwhile.
            chosen = self._experiments.choose(surface, self._unit, present) if is_on else Chosen(present)
            self._chosen[surface] = chosen
        return chosen

    def goes_on_by(self, surface: Surface, arm: str, ranker: str) -> Chosen | None:
        """What ranks where a page goes on: the arm with this label, and the ranker of this name, whatever ranks now.

        None for a ranker that is not known here, or not any more.
        """
        chosen = self._experiments.again(surface, arm, self.rankers.of(surface))
        if chosen.ranker.name == ranker:
            return chosen
        known = self.rankers.named(ranker) or self._experiments.weighted_as(ranker)
        return None if known is None else chosen._replace(ranker=known)

    @cached_property
    def _unit(self) -> str:
        """Whom experiments count as one. Of nobody known each operation is one of its own."""
        return self.visitor.unit or f"operation:{token_hex(8)}"

    def end(self) -> None:
        """Give up every engine call that is under way for the operation, and make no more."""
        self._batches.end()

    def saying(self, request: SearchRequest, text: str | None) -> SearchRequest:
        """The search with what this text wants, with the concepts that it names, and its abbreviations written out."""
        text = wanted_part(text) if text else text
        concepts, written_out = self.vocabulary.read(text) if text else NOTHING_NAMED
        is_said = text == request.text and concepts == request.concepts and written_out == request.written_out
        return request if is_said else request.but(text=text, concepts=concepts, written_out=written_out)

    async def in_time(self, ask: Callable[[], Awaitable[Sequence[T]]]) -> Sequence[T]:
        """What is asked for beside the engine. Raises DeadlineExceeded where that takes longer than there is time."""
        found = await self._batches.bounded(ask, 1)
        if found and isinstance(found[0], DeadlineExceeded):
            raise found[0]
        return cast("Sequence[T]", found)

    async def document(self, kind: Kind, id_: str) -> Document | None:
        """The entity with this id; None when there is none, or when the id is another kind's."""
        ref = ref_of(id_)
        return await self.documents.load(ref) if ref is not None and ref.kind is kind else None

    async def existing(self, refs: Sequence[Ref]) -> list[Document]:
        """The documents of the refs that are there, in their order."""
        found = await self.documents.load_many(refs)
        return [document for document in found if document is not None]
