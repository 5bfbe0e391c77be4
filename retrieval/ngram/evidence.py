"""What speaks for a document: the question's words and n-grams, and a model's n-grams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.retrieval.ngram.aggregation import Evidence, Occurrences, aggregate
from mnemic.retrieval.ngram.scoring import (
    background,
    evidence,
    log_odds,
    own_probability,
    repeated,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.ngram.aggregation import Floats, Numbers
    from mnemic.retrieval.ngram.asked import Unit
    from mnemic.retrieval.ngram.own_ngrams import Gram, OwnNgrams
    from mnemic.retrieval.ngram.parameters import Parameters

LEAST_STOP_WORDS = 3
"""Words of an n-gram of stop words alone, unless it is the whole question; the fewest."""

LEAST_SCORE = 1e-3
"""Of a word that counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The words and n-grams of one question that occur, with their scores.

    Attributes:
        words: int64 [words], units that count by themselves.
        word_scores: float64 [words].
        word_counts: int64 [words], occurrences in the corpus.
        grams: The n-grams of several words.
        gram_scores: float64 [n-grams].
        gram_counts: int64 [n-grams].
        names: int64 [words + n-grams], their places in the own n-grams of the batch.
        local: The words of each n-gram, by their place among the question's different words.
        size: How many these are.
    """

    words: Numbers
    word_scores: Floats
    word_counts: Numbers
    grams: list[Gram]
    gram_scores: Floats
    gram_counts: Numbers
    names: Numbers
    local: list[Gram]
    size: int


def keys_of(own: OwnNgrams, question: int, total: int, parameters: Parameters) -> Keys:
    """The scored n-grams of a question.

    Args:
        own: Of all questions.
        question: Which one.
        total: Words of the corpus.
        parameters: How to score.
    """
    asked, found = own.questions[question], own.of(question, parameters.longest)
    spans = asked.spans(parameters.longest)
    places = np.bincount([end - start for start, end in spans], minlength=parameters.longest + 1)
    kept = [gram for gram in found if tells(gram, own.units) or 1 < len(gram) == len(asked.units)]
    names = np.array([own.grams[gram] for gram in kept], np.int64)
    counts, sizes = own.counts[names], np.array([len(gram) for gram in kept], np.int64)
    likely = own_probability([found[gram] for gram in kept], places[sizes])
    odds = log_odds(np.log(likely), background(counts, total, smoothing=parameters.smoothing))
    scores = evidence(odds, exponent=parameters.exponent)
    scores *= np.where(sizes > 1, parameters.phrase * (sizes - 1), 1.0)
    single = sizes == 1
    # A word that is everywhere still tells a document that has it from one that has none.
    scores[single] = np.maximum(scores[single], LEAST_SCORE)
    grams = [gram for gram in kept if len(gram) > 1]
    numbers = {unit: number for number, unit in enumerate(asked.words)}
    return Keys(
        words=np.array([gram[0] for gram in kept if len(gram) == 1], np.int64),
        word_scores=scores[single],
        word_counts=counts[single],
        grams=grams,
        gram_scores=scores[~single],
        gram_counts=counts[~single],
        names=np.concatenate([names[single], names[~single]]),
        local=[tuple(numbers[unit] for unit in gram) for gram in grams],
        size=len(numbers),
    )


def tells(gram: Gram, units: Sequence[Unit]) -> bool:
    """Whether an n-gram has a word that counts, or is more than two that do not."""
    return len(gram) >= LEAST_STOP_WORDS or any(units[unit].terms for unit in gram)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Documents with their scores, and what these are made of.

    Attributes:
        totals: float64 [documents].
        words: float64 [documents, words], what each word adds.
        counts: int64 [documents, words], its occurrences.
        grams: What n-grams add.
    """

    totals: Floats
    words: Floats
    counts: Numbers
    grams: Evidence


Phrases: TypeAlias = "tuple[Floats, Sequence[Sequence[int]], Occurrences]"
"""N-grams: their scores, their words as numbers, and where they stand."""


def score(
    keys: Keys,
    counts: Numbers,
    phrases: Phrases,
    lengths: Floats | Numbers,
    *,
    mean: float,
    parameters: Parameters,
) -> Scored:
    """Words by how often they stand in each document, and n-grams where they are free.

    Args:
        keys: The question.
        counts: int64 [documents, words] of ``keys.words``.
        phrases: N-grams of several words, the question's own and others.
        lengths: Words of each document: [documents].
        mean: Their mean in the collection.
        parameters: How to score.
    """
    documents = len(lengths)
    worth = repeated(
        counts,
        lengths,
        mean=mean,
        saturation=parameters.saturation,
        length=parameters.length,
    )
    words = worth * keys.word_scores
    scores, names, occurrences = phrases
    grams = aggregate(
        scores,
        names,
        occurrences,
        documents=documents,
        repetition=parameters.repetition,
        had=keys.size,
    )
    totals = words.sum(axis=1) + grams.totals(documents, single_key=parameters.single_key)
    return Scored(totals, words, counts, grams)


@dataclass(frozen=True, slots=True)
class Texts:
    """N-grams that a model wrote for a question.

    Attributes:
        texts: Without white space at their ends.
        words: The words of each, numbered as ``Keys.local``, and from there on.
        scores: float64 [texts].
        counts: int64 [texts], occurrences in the corpus.
        log_probabilities: float64 [texts], of each after the prompt.
    """

    texts: list[str] = field(default_factory=list)
    words: list[Gram] = field(default_factory=list)
    scores: Floats = field(default_factory=lambda: np.zeros(0))
    counts: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    log_probabilities: Floats = field(default_factory=lambda: np.zeros(0))


NO_TEXTS = Texts()
