"""Retrieval by n-grams: the question's own, and those that a language model writes for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mnemic.errors import InvalidInput
from mnemic.llm.protocols import LanguageModel
from mnemic.llm.tokenizer import tokenizer_of
from mnemic.retrieval.listing import Listing
from mnemic.retrieval.ngram.candidates import (
    Candidates,
    find_candidates,
    find_written,
    prepare,
)
from mnemic.retrieval.ngram.evidence import NO_TEXTS
from mnemic.retrieval.ngram.explaining import explain
from mnemic.retrieval.ngram.generation import Writing, write
from mnemic.retrieval.ngram.models import Named
from mnemic.retrieval.ngram.parameters import Parameters
from mnemic.retrieval.ngram.ranking import rank
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.types import Hit, Ranking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.ngram.candidates import Prepared
    from mnemic.retrieval.ngram.evidence import Texts
    from mnemic.retrieval.ngram.ranking import Ranked
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.settings import Settings
    from mnemic.types import Fingerprint, Query


class Searched(Protocol):
    """What an n-gram retriever needs of a collection."""

    @property
    def analyzer(self) -> Analyzer:
        """What turns texts and queries into terms."""
        ...

    def view(self, filter: Any) -> tuple[Snapshot, Sequence[Bitmap] | None]:
        """What a search that starts now sees, and what a filter allows of it."""
        ...

    def tokens(self, filter: Any = None, *, tokenizer: Fingerprint | None = None) -> Tokens:
        """The same of the token-level index; only asked for where a model writes."""
        ...


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
        view = _View.of(self, [query.text for query in asked], filter)
        if view is None or k == 0:
            return [Listing.of(Ranking(query)) for query in asked]
        return [
            Listing.ordered(query, view.snapshot.ids(found.ordinals), found.scores)
            for query, found in zip(asked, view.ranked(k), strict=True)
        ]

    def search_explained(self, query: str | Query, k: int, *, filter: Any = None) -> Ranking:
        """One ranking whose hits say which n-grams they have, where, and what each adds."""
        [asked], k = checked_queries([query]), checked_k(k)
        view = _View.of(self, [asked.text], filter)
        if view is None or k == 0:
            return Ranking(asked)
        [found] = view.ranked(k)
        ids, scores = view.snapshot.ids(found.ordinals), found.scores.tolist()
        parts = [
            explain(view.snapshot.ngrams, view.prepared, found, hit) for hit in range(len(ids))
        ]
        return Ranking.ordered(
            asked,
            [
                Hit(id=name, score=score, explanation=part)
                for name, score, part in zip(ids, scores, parts, strict=True)
            ],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One search: the collection as it was when it began, and the questions."""

    retriever: NgramRetriever
    snapshot: Snapshot
    allowed: Sequence[Bitmap] | None
    prepared: Prepared
    texts: list[str]
    tokens: Tokens | None
    model: LanguageModel | None

    @classmethod
    def of(cls, retriever: NgramRetriever, texts: list[str], filter: Any) -> _View | None:
        collection = retriever.collection
        snapshot, allowed = collection.view(filter)
        model = retriever.model.load() if isinstance(retriever.model, Named) else retriever.model
        tokens = None
        if model is not None:
            tokens = collection.tokens(filter, tokenizer=tokenizer_of(model))
        if not texts or not snapshot.documents:
            return None
        prepared = prepare(
            snapshot.ngrams,
            texts,
            collection.analyzer,
            documents=snapshot.documents,
            parameters=retriever.parameters,
        )
        return cls(retriever, snapshot, allowed, prepared, texts, tokens, model)

    def ranked(self, k: int) -> Iterator[Ranked]:
        index, parameters = self.snapshot.ngrams, self.retriever.parameters
        depth = max(k, parameters.documents)
        found = find_candidates(
            index, self.prepared, count=depth, allowed=self.allowed, parameters=parameters
        )
        for question, own in enumerate(found):
            texts, written = self._written(question)
            yield rank(
                index,
                self.prepared,
                question,
                own.plus(written).best(depth) if len(written.ordinals) else own.best(depth),
                k=k,
                cjk=self.retriever.collection.analyzer.spec.cjk_bigrams,
                parameters=parameters,
                texts=texts,
            )

    def _written(self, question: int) -> tuple[Texts, Candidates]:
        """A model's n-grams for a question that has words, and the documents with them."""
        asked = self.prepared.own.questions[question]
        if self.model is None or self.tokens is None or not asked.units:
            return NO_TEXTS, Candidates()
        written = write(
            self.model,
            self.tokens.index,
            self.texts[question],
            writing=self.retriever.writing,
            analyzer=self.retriever.collection.analyzer,
            known=[self.prepared.own.units[unit] for unit in asked.words],
        )
        return written.texts, find_written(
            self.tokens,
            written,
            had=len(asked.words),
            live=self.snapshot.live,
            parameters=self.retriever.parameters,
        )
