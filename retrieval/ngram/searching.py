"""One search by n-grams: the collection as it was when it began, the questions, and who writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mnemic.llm.tokenizer import tokenizer_of
from mnemic.retrieval.ngram.candidates import (
    Candidates,
    find_candidates,
    find_written,
    prepare,
)
from mnemic.retrieval.ngram.evidence import NO_TEXTS
from mnemic.retrieval.ngram.generation import write
from mnemic.retrieval.ngram.ranking import rank

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.llm.protocols import LanguageModel
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.ngram.candidates import Prepared
    from mnemic.retrieval.ngram.evidence import Texts
    from mnemic.retrieval.ngram.generation import Writing
    from mnemic.retrieval.ngram.parameters import Parameters
    from mnemic.retrieval.ngram.ranking import Ranked
    from mnemic.retrieval.ngram.tokens import Tokens
    from mnemic.types import Fingerprint


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


@dataclass(frozen=True, slots=True, eq=False)
class Author:
    """A model that writes, what it writes from, and how.

    Attributes:
        model: The model.
        tokens: The token-level index of its tokens.
        writing: How it writes.
    """

    model: LanguageModel
    tokens: Tokens
    writing: Writing

    @classmethod
    def over(
        cls, collection: Searched, model: LanguageModel | None, writing: Writing, *, filter: Any
    ) -> Author | None:
        """Nobody where there is no model.

        Raises:
            Unsupported: The model cannot tell its tokenizer, or the collection has no such index.
            DimensionMismatch: The index is of another tokenizer.
        """
        if model is None:
            return None
        tokens = collection.tokens(filter, tokenizer=tokenizer_of(model))
        return cls(model, tokens, writing)


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Questions to one state of a collection.

    Attributes:
        snapshot: The state.
        analyzer: What a word is.
        allowed: What the filter lets through.
        texts: The questions.
        prepared: Their n-grams.
        parameters: How these become evidence.
        author: Who writes more of them, if anybody does.
    """

    snapshot: Snapshot
    analyzer: Analyzer
    allowed: Sequence[Bitmap] | None
    texts: list[str]
    prepared: Prepared
    parameters: Parameters
    author: Author | None

    @classmethod
    def begin(
        cls,
        collection: Searched,
        texts: list[str],
        *,
        filter: Any,
        parameters: Parameters,
        writer: tuple[LanguageModel | None, Writing],
    ) -> Search | None:
        """Nothing where there are no questions or no documents.

        Raises:
            InvalidInput: The filter is malformed.
            Unsupported: As :meth:`Author.over` says.
            DimensionMismatch: Likewise.
        """
        snapshot, allowed = collection.view(filter)
        author = Author.over(collection, *writer, filter=filter)
        if not texts or not snapshot.documents:
            return None
        prepared = prepare(
            snapshot.ngrams,
            texts,
            collection.analyzer,
            documents=snapshot.documents,
            parameters=parameters,
        )
        return cls(snapshot, collection.analyzer, allowed, texts, prepared, parameters, author)

    def ranked(self, k: int) -> Iterator[Ranked]:
        """The best ``k`` of each question."""
        depth = max(k, self.parameters.documents)
        found = find_candidates(
            self.snapshot.ngrams,
            self.prepared,
            count=depth,
            allowed=self.allowed,
            parameters=self.parameters,
        )
        for question, own in enumerate(found):
            texts, written = self._written(question)
            yield rank(
                self.snapshot.ngrams,
                self.prepared,
                question,
                own.plus(written).best(depth),
                k=k,
                cjk=self.analyzer.spec.cjk_bigrams,
                parameters=self.parameters,
                texts=texts,
            )

    def _written(self, question: int) -> tuple[Texts, Candidates]:
        """A model's n-grams for a question that has words, and the documents with them."""
        own, author = self.prepared.own, self.author
        asked = own.questions[question]
        if author is None or not asked.units:
            return NO_TEXTS, Candidates()
        written = write(
            author.model,
            author.tokens.index,
            self.texts[question],
            writing=author.writing,
            analyzer=self.analyzer,
            known=[own.units[unit] for unit in asked.words],
        )
        return written.texts, find_written(
            author.tokens,
            written,
            had=len(asked.words),
            live=self.snapshot.live,
            parameters=self.parameters,
        )
