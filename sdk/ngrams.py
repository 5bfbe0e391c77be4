"""What a collection's documents say as a language model of n-grams, and of a test set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mnemic.retrieval.collections import Collection as Engine
    from mnemic.retrieval.ngram.contamination import Contamination
    from mnemic.retrieval.ngram.corpus import Corpus
    from mnemic.retrieval.ngram.opening import Level
    from mnemic.retrieval.ngram.overlap import Item
    from mnemic.types import Document, Query


class AskedForNgrams:
    """The part of a collection that answers for its n-grams."""

    _engine: Engine

    def ngrams(self, level: Level = "tokens") -> Corpus:
        """The documents as an n-gram language model: what follows a text, and how likely it is.

        A snapshot: what is added later is not in it.

        Args:
            level: ``"tokens"``, ``"bytes"``, or ``"auto"`` for tokens where all documents
                have them.

        Raises:
            Unsupported: There is no token-level index; the hint has the command.
            NotFound: The tokenizer's model is not here; the hint has the command that fetches it.
        """
        from mnemic.retrieval.ngram.opening import corpus_of
        from mnemic.retrieval.ngram.spelling import TokenSpelling
        from mnemic.sdk.tokenizers import note_losses

        corpus = corpus_of(self._engine, level)
        if isinstance(corpus.spelling, TokenSpelling):
            note_losses(corpus.spelling.tokenizer)
        return corpus

    def contamination(
        self,
        items: Iterable[str | Document | Query | Item],
        n: int | Sequence[int] = 13,
        *,
        level: Level = "auto",
        listed: int = 1_000,
    ) -> Contamination:
        """Which n-grams of a test set stand in the documents: shares, longest matches, places.

        Args:
            items: Texts, documents or queries; streamed.
            n: Tokens of an n-gram, on the byte level words; several are answered in one pass.
            level: As in ``ngrams``.
            listed: How many of the most contaminated items the report names.

        Raises:
            InvalidInput: An argument is malformed; the message names it.
        """
        return self.ngrams(level).contamination(items, n, listed=listed)
