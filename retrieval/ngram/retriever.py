"""Retrieval by n-grams: the question's own, and those that a language model writes for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.llm.protocols import LanguageModel
from mnemic.retrieval.listing import Listing
from mnemic.retrieval.ngram.explaining import explain
from mnemic.retrieval.ngram.generation import Writing
from mnemic.retrieval.ngram.models import Named
from mnemic.retrieval.ngram.parameters import Parameters
from mnemic.retrieval.ngram.searching import Search
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.types import Hit, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.ngram.searching import Searched
    from mnemic.settings import Settings
    from mnemic.types import Query


@dataclass(frozen=True, slots=True)
class NgramSpec:
    """An n-gram retriever that does not know its collection yet.

    Attributes:
        parameters: How n-grams become evidence.
        model: Who writes n-grams: a model's name or folder, or a model; ``None`` for nobody.
        writing: How it does.

    Raises:
        InvalidInput: ``model`` is something else.
    """

    parameters: Parameters = field(default_factory=Parameters)
    model: str | LanguageModel | None = None
    writing: Writing = field(default_factory=Writing)

    def __post_init__(self) -> None:
        if not (self.model is None or isinstance(self.model, str | LanguageModel)):
            raise InvalidInput(f"model is a {type(self.model).__name__}, not a name or a model")

    def bind(self, collection: Searched, *, settings: Settings | None = None) -> NgramRetriever:
        """The retriever over one collection.

        Args:
            collection: Where it searches.
            settings: Where pulled models are; the environment's by default.

        Raises:
            NotFound: The model is not here; the hint has the command that fetches it.
        """
        model = self.model
        found = Named.find(model, settings) if isinstance(model, str) else model
        return NgramRetriever(collection, self.parameters, found, self.writing)


def ngram(
    *,
    model: str | LanguageModel | None = None,
    writing: Writing | None = None,
    **parameters: Any,
) -> NgramSpec:
    """Retrieval by n-grams, with parameters that are chosen at query time.

    Args:
        model: A causal language model that writes n-grams, such as ``"smollm2"``; the collection
            needs a token-level index of its tokenizer.
        writing: How it writes.
        **parameters: Those of :class:`Parameters`, such as ``phrase=0.1``.

    Raises:
        InvalidInput: A parameter is out of its range, or there is none of this name.
    """
    unknown = parameters.keys() - Parameters.__dataclass_fields__.keys()
    if unknown:
        raise InvalidInput(
            f"there is no parameter {min(unknown)!a}",
            hint=f"There are {', '.join(Parameters.__dataclass_fields__)}.",
        )
    return NgramSpec(Parameters(**parameters), model, writing or Writing())


@dataclass(frozen=True, slots=True)
class NgramRetriever:
    """The best documents by n-grams of title and text.

    SEAL (Bevilacqua et al., Autoregressive Search Engines, NeurIPS 2022) without its trained model:
    the question's own words and n-grams are evidence by themselves, scored by the log-odds between
    the question's distribution of n-grams and the corpus's; a language model, if there is one, adds
    those that it writes under the constraint that they occur. N-grams that occur at most
    ``max_hits`` times say which documents are read back, and all n-grams that stand there score
    them, without overlaps.

    Attributes:
        collection: Where it searches; every call sees the collection as it is then.
        parameters: How n-grams become evidence.
        model: Who writes n-grams besides the question's own; ``None`` for nobody.
        writing: How it does.
    """

    collection: Searched
    parameters: Parameters = field(default_factory=Parameters)
    model: Named | LanguageModel | None = None
    writing: Writing = field(default_factory=Writing)

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        if self.model is None:
            return "ngram"
        if isinstance(self.model, Named):
            return f"ngram:{self.model.name}"
        return f"ngram:{self.model.fingerprint.name.removeprefix('model:')}"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        """One ranking per query; hits carry ids and scores, texts are the collection's to add.

        Raises:
            Unsupported: A model is to write, but the collection has no token-level index, or the
                extra ``[llm]`` is not installed; the hint has the command.
            DimensionMismatch: The token-level index is of another tokenizer than the model's.
        """
        return [each.ranking() for each in self.search_listed(queries, k, filter=filter)]

    def search_listed(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Listing]:
        """As ``search``, in columns."""
        asked, k = checked_queries(queries), checked_k(k)
        search = self._begin(asked, filter)
        if search is None or k == 0:
            return [Listing.of(Ranking(query)) for query in asked]
        return [
            Listing.ordered(query, search.snapshot.ids(found.ordinals), found.scores)
            for query, found in zip(asked, search.ranked(k), strict=True)
        ]

    def search_explained(self, query: str | Query, k: int, *, filter: Any = None) -> Ranking:
        """One ranking whose hits say which n-grams they have, where, and what each adds."""
        [asked], k = checked_queries([query]), checked_k(k)
        search = self._begin([asked], filter)
        if search is None or k == 0:
            return Ranking(asked)
        [found] = search.ranked(k)
        ids, index = search.snapshot.ids(found.ordinals), search.snapshot.ngrams
        parts = [explain(index, search.prepared, found, hit) for hit in range(len(ids))]
        return Ranking.ordered(
            asked,
            [
                Hit(id=name, score=score, explanation=part)
                for name, score, part in zip(ids, found.scores.tolist(), parts, strict=True)
            ],
        )

    def _begin(self, asked: Sequence[Query], filter: Any) -> Search | None:
        model = self.model.load() if isinstance(self.model, Named) else self.model
        return Search.begin(
            self.collection,
            [query.text for query in asked],
            filter=filter,
            parameters=self.parameters,
            writer=(model, self.writing),
        )
