"""What is an n-gram worth as evidence? Pure functions on arrays.

After Bevilacqua et al., Autoregressive Search Engines: Generating Substrings as Document
Identifiers, NeurIPS 2022 (SEAL): its scorings "LM" and "LM+FM", its repetition discount, and its
intersective scoring. Two things are ours: what stands for ``P(n|q)`` without a language model, and
how repeated words count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats: TypeAlias = NDArray[np.float64]

LEAST = 0.1
"""What the worst n-gram of a question keeps where language model scores decide alone."""

# A probability of 1 has no odds.
_CERTAIN = 1 - 1e-9


def background(counts: ArrayLike, total: float, *, smoothing: float) -> Floats:
    """``P(n)``: how probable an n-gram is in the corpus, ``(F(n) + s) / (N + 2s)``.

    SEAL has ``(F + 5) / (N + 5)``. Where ``N`` is small, as here it may be, that is above 1/2 for
    what never occurs; with ``2s`` it is the Bayesian estimate of a yes or no.

    Args:
        counts: Occurrences of each n-gram.
        total: Places where one could begin.
        smoothing: ``s`` > 0: what is rare by chance is not taken for certain.
    """
    found: Floats = (np.asarray(counts, np.float64) + smoothing) / (total + 2 * smoothing)
    return np.minimum(found, _CERTAIN)


def own_probability(occurrences: ArrayLike, places: ArrayLike) -> Floats:
    """``P(n|q)`` without a model: the share of the question's own n-grams of that length.

    The question is read as a sample of what is asked for. An n-gram stands at ``c`` of its ``M``
    places for n-grams of that length, and ``(c + 1/2) / (M + 1)`` estimates the probability that it
    stands at a place (Jeffreys' prior for a yes or no; Krichevsky and Trofimov, 1981). Unlike the
    share ``c / M`` it is never 1, so a question of one word has odds too.

    Args:
        occurrences: ``c``, at least 1.
        places: ``M``, at least ``c``.
    """
    return (np.asarray(occurrences, np.float64) + 0.5) / (np.asarray(places, np.float64) + 1.0)


def log_odds(log_probabilities: ArrayLike, corpus: ArrayLike) -> Floats:
    """How much the question raises the odds: ``log[P(n|q) (1 - P(n)) / (P(n) (1 - P(n|q)))]``.

    SEAL, "LM+FM". Positive where the question makes the n-gram likelier than the corpus does.

    Args:
        log_probabilities: ``log P(n|q)``, at most 0.
        corpus: ``P(n)``, above 0 and below 1.
    """
    likely = np.minimum(np.asarray(log_probabilities, np.float64), np.log(_CERTAIN))
    base = np.asarray(corpus, np.float64)
    odds: Floats = likely - np.log1p(-np.exp(likely)) - np.log(base) + np.log1p(-base)
    return odds


def evidence(values: ArrayLike, *, exponent: float) -> Floats:
    """``max(0, value) ** exponent``: what speaks against a document counts nothing.

    Args:
        values: Log-odds, or other scores whose zero means nothing.
        exponent: Above 1, few strong n-grams outweigh many weak ones (SEAL's alpha).
    """
    found: Floats = np.maximum(np.asarray(values, np.float64), 0.0) ** exponent
    return found


def model_evidence(log_probabilities: ArrayLike, *, exponent: float) -> Floats:
    """``(log P(n|q) - the least of them + 0.1) ** exponent``: the model's word alone.

    SEAL, "LM". The least likely n-gram of the question counts next to nothing.
    """
    values = np.asarray(log_probabilities, np.float64)
    if not len(values):
        return values
    return evidence(values - values.min() + LEAST, exponent=exponent)


def without_length(log_probabilities: ArrayLike, lengths: ArrayLike, *, penalty: float) -> Floats:
    """``log P(n|q) * (1 - penalty) ** (length - 1)``: longer n-grams lose less for being long.

    Args:
        log_probabilities: Of whole n-grams.
        lengths: Tokens of each, at least 1.
        penalty: 0 leaves them alone; below 1.
    """
    shrink = (1.0 - penalty) ** (np.asarray(lengths, np.float64) - 1.0)
    found: Floats = np.asarray(log_probabilities, np.float64) * shrink
    return found


def discount(fresh: ArrayLike, size: int, *, repetition: float) -> Floats:
    """``1 - b + b * fresh / size``: an n-gram whose words already counted is worth less.

    SEAL's ``rep(n, cov)`` with ``b`` its beta.

    Args:
        fresh: Its different words that no n-gram of this document has had yet.
        size: Its different words.
        repetition: 0 for no discount, 1 where only fresh words count.
    """
    share = np.asarray(fresh, np.float64) / size
    found: Floats = 1.0 - repetition + repetition * share
    return found


def repeated(
    counts: NDArray[Any], lengths: ArrayLike, *, mean: float, saturation: float, length: float
) -> Floats:
    """How much a word's occurrences in a document count: 0 for none, 1 for one in a usual text.

    Each further occurrence adds less, and an occurrence in a long text less than one in a short
    one: ``c (1 + k) / (c + k (1 - l + l * length / mean))``, as BM25 counts them (Robertson et al.,
    Okapi at TREC-3, 1994). Where SEAL keeps one occurrence of each n-gram, this knows that a text
    which says the word often is about it.

    Args:
        counts: Occurrences: [documents, words].
        lengths: Of each document, in words: [documents].
        mean: The mean length.
        saturation: ``k``: how slowly repetition stops counting.
        length: ``l``, 0 to 1: how much a document's length matters.
    """
    found = np.asarray(counts, np.float64)
    share = np.asarray(lengths, np.float64) / max(mean, 1.0)
    slack = saturation * (1.0 - length + length * share)
    worth: Floats = found * (1.0 + saturation) / np.maximum(found + slack[:, None], 1e-12)
    return worth
