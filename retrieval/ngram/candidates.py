"""The first stage: documents with n-grams that are rare enough to look up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.aggregation import Occurrences, aggregate
from mnemic.retrieval.ngram.evidence import Keys, keys_of, score
from mnemic.retrieval.ngram.locating import Located, locate
from mnemic.retrieval.ngram.own_ngrams import OwnNgrams, find_ngrams
from mnemic.retrieval.ngram.states import word_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.ngram.aggregation import Floats, Numbers
    from mnemic.retrieval.ngram.generation import Written
    from mnemic.retrieval.ngram.parameters import Parameters
    from mnemic.retrieval.ngram.tokens import Tokens

BYTES_OF_A_TOKEN = 4
"""About how far a token reaches, to find the part of a long document that it stands in."""


def _numbers() -> Numbers:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Documents that a stage thinks well of.

    Attributes:
        ordinals: int64 [documents], ascending.
        scores: float64 [documents].
        known: int64 [documents], the byte where its best known n-gram begins.
    """

    ordinals: Numbers = field(default_factory=_numbers)
    scores: Floats = field(default_factory=lambda: np.zeros(0))
    known: Numbers = field(default_factory=_numbers)

    def best(self, count: int) -> Candidates:
        """The best, in the order of their ordinals; of equal ones the earlier."""
        kept = np.sort(np.argsort(-self.scores, kind="stable")[:count])
        return Candidates(self.ordinals[kept], self.scores[kept], self.known[kept])

    def plus(self, other: Candidates) -> Candidates:
        """The documents of both, with the sum of their scores."""
        ordinals, places = np.unique(
            np.concatenate([self.ordinals, other.ordinals]), return_inverse=True
        )
        worth = np.concatenate([self.scores, other.scores])
        scores = np.bincount(places, worth, minlength=len(ordinals)).astype(np.float64)
        known = np.zeros(len(ordinals), np.int64)
        known[places[::-1]] = np.concatenate([self.known, other.known])[::-1]
        return Candidates(ordinals, scores, known)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Questions with their n-grams, and what the collection is like.

    Attributes:
        own: The n-grams of all questions.
        keys: Of each question, with scores.
        words: Words of the collection.
        mean: Words of a document, in the mean.
    """

    own: OwnNgrams
    keys: list[Keys]
    words: int
    mean: float


def prepare(
    index: NgramIndex,
    texts: Sequence[str],
    analyzer: Analyzer,
    *,
    documents: int,
    parameters: Parameters,
) -> Prepared:
    """The n-grams of questions, found and scored.

    Args:
        index: The byte-level index.
        texts: The questions.
        analyzer: The collection's notion of words.
        documents: How many there are, at least 1.
        parameters: How to score.
    """
    own, total = find_ngrams(index, texts, analyzer, longest=parameters.longest), word_count(index)
    keys = [keys_of(own, question, total, parameters) for question in range(len(texts))]
    return Prepared(own, keys, total, total / documents)


def find_candidates(
    index: NgramIndex,
    prepared: Prepared,
    *,
    count: int,
    allowed: Sequence[Bitmap | None] | None,
    parameters: Parameters,
) -> list[Candidates]:
    """For each question the documents with its rare n-grams, scored by these.

    Where they are fewer than ``count``, frequent n-grams are looked up too, up to ``max_hits``
    occurrences of each form.
    """
    rare = [prepared.own.counts[keys.names] <= parameters.max_hits for keys in prepared.keys]
    rows = [np.flatnonzero(each) for each in rare]
    found = _located(index, prepared, rows, allowed=allowed, parameters=parameters)
    short = [
        question
        for question, each in enumerate(found)
        if len(each.ordinals) < count and not rare[question].all()
    ]
    if short:
        every = [
            np.arange(len(each)) if question in set(short) else np.zeros(0, np.int64)
            for question, each in enumerate(rare)
        ]
        again = _located(index, prepared, every, allowed=allowed, parameters=parameters)
        for question in short:
            found[question] = again[question]
    return found


def _located(
    index: NgramIndex,
    prepared: Prepared,
    rows: Sequence[Numbers],
    *,
    allowed: Sequence[Bitmap | None] | None,
    parameters: Parameters,
) -> list[Candidates]:
    names = [keys.names[chosen] for keys, chosen in zip(prepared.keys, rows, strict=True)]
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *names]))
    located = locate(
        index, prepared.own, wanted.tolist(), limit=parameters.max_hits, allowed=allowed
    )
    return [
        _stage(keys, chosen, located, prepared.mean, parameters)
        for keys, chosen in zip(prepared.keys, rows, strict=True)
    ]


def _stage(
    keys: Keys, rows: Numbers, located: Located, mean: float, parameters: Parameters
) -> Candidates:
    slices = [located.of(name) for name in keys.names[rows].tolist()]
    sizes = np.array([each.stop - each.start for each in slices], np.int64)
    if not sizes.sum():
        return Candidates()
    picked = np.concatenate([np.arange(each.start, each.stop) for each in slices])
    key = np.repeat(rows, sizes)
    ordinals, documents = np.unique(located.ordinals[picked], return_inverse=True)
    starts, ends = located.starts[picked], located.ends[picked]
    words, size = len(keys.words), len(ordinals)
    single = key < words
    counts = np.bincount(documents[single] * words + key[single], minlength=size * words)
    several = ~single
    places = Occurrences(key[several] - words, documents[several], starts[several], ends[several])
    scored = score(
        keys,
        counts.reshape(size, words),
        (keys.gram_scores, keys.local, places),
        np.full(size, mean),
        mean=mean,
        parameters=parameters,
    )
    worth = np.concatenate([keys.word_scores, keys.gram_scores])[key]
    known = np.zeros(size, np.int64)
    order = np.lexsort((-starts, worth))
    # The last of equal places stays: the first occurrence of the best n-gram.
    known[documents[order]] = starts[order]
    return Candidates(ordinals, scored.totals, known)


def find_written(
    tokens: Tokens, written: Written, *, had: int, live: Numbers, parameters: Parameters
) -> Candidates:
    """The documents with rare n-grams of a model, scored by these.

    Args:
        tokens: The token-level index, with what a filter allows of it.
        written: The n-grams.
        had: How many different words the question has.
        live: Ordinals that may come back, ascending.
        parameters: How to score.
    """
    rare = np.flatnonzero(written.texts.counts <= parameters.max_hits)
    if not len(rare):
        return Candidates()
    index = tokens.index
    places = index.locate(index.rows(written.ranges.take(rare), allowed=tokens.allowed))
    here = np.isin(places.ordinals, live)
    keys = np.repeat(rare, np.diff(places.offsets))[here]
    ordinals, documents = np.unique(places.ordinals[here], return_inverse=True)
    ends = places.ends[here]
    starts = ends - written.sizes[keys]
    scores, words = written.texts.scores, written.texts.words
    found = aggregate(
        scores,
        words,
        Occurrences(keys, documents, starts, ends),
        documents=len(ordinals),
        repetition=parameters.repetition,
        had=had,
    )
    known = np.zeros(len(ordinals), np.int64)
    order = np.lexsort((-starts, scores[keys]))
    known[documents[order]] = starts[order] * BYTES_OF_A_TOKEN
    totals = found.totals(len(ordinals), single_key=parameters.single_key)
    return Candidates(ordinals, totals, known)
