"""N-grams that a language model writes for a question, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.retrieval.ngram.asked import read
from mnemic.retrieval.ngram.constraint import Occurring
from mnemic.retrieval.ngram.evidence import Texts, tells
from mnemic.retrieval.ngram.parameters import check_number
from mnemic.retrieval.ngram.prompts import BODY, Prompt
from mnemic.retrieval.ngram.scoring import (
    background,
    evidence,
    log_odds,
    model_evidence,
    without_length,
)
from mnemic.retrieval.ngram.states import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.indexes.ngram import NgramIndex, Ranges
    from mnemic.llm.protocols import LanguageModel, Prefix
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.ngram.aggregation import Floats, Numbers
    from mnemic.retrieval.ngram.asked import Unit
    from mnemic.retrieval.ngram.own_ngrams import Gram

Way: TypeAlias = Literal["log-odds", "model"]
WAYS: tuple[Way, ...] = get_args(Way)
TORN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a language model writes n-grams, and how much they count.

    Attributes:
        body: Asks for words of a text.
        title: Asks for titles, such as ``Prompt(prompts.TITLE)``; ``None`` leaves titles out, and
            takes half the time.
        beams: N-grams that are kept at every step.
        tokens: Steps, so tokens of an n-gram at most.
        stop_at: An n-gram that occurs so often or less is not continued; 0 for none.
        scoring: ``log-odds`` of model and corpus, or the ``model`` alone.
        exponent: As in ``Parameters``.
        smoothing: As in ``Parameters``; SEAL has 5.
        shortening: 0 to 1: how much of an n-gram's length is forgiven (SEAL's length penalty).
        weight: Of an n-gram that was written, against the question's own words and n-grams.
        question_tokens: Tokens of a question that the model reads, at most.

    Raises:
        InvalidInput: A value cannot be used; the message names it.
    """

    body: Prompt = field(default_factory=lambda: Prompt(BODY))
    title: Prompt | None = None
    beams: int = 15
    tokens: int = 10
    stop_at: int = 0
    scoring: Way = "log-odds"
    exponent: float = 2.0
    smoothing: float = 5.0
    shortening: float = 0.0
    weight: float = 0.3
    question_tokens: int = 256

    def __post_init__(self) -> None:
        for name, (lowest, highest, whole) in _RANGES.items():
            check_number(name, getattr(self, name), lowest=lowest, highest=highest, whole=whole)
        if self.scoring not in WAYS:
            raise InvalidInput(f"scoring {self.scoring!r} is not one of {', '.join(WAYS)}")
        for prompt in (self.body, self.title or self.body):
            if not isinstance(prompt, Prompt):
                raise InvalidInput(f"a prompt is a {type(prompt).__name__}, not a Prompt")


_RANGES: dict[str, tuple[float, float, bool]] = {
    "beams": (1, 1_000, True),
    "tokens": (1, 1_000, True),
    "stop_at": (0, 1e12, True),
    "exponent": (0.1, 10, False),
    "smoothing": (1e-6, 1e6, False),
    "shortening": (0, 0.999, False),
    "weight": (0, 1e6, False),
    "question_tokens": (1, 1_000_000, True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """What a model wrote for one question.

    Attributes:
        texts: The n-grams that count.
        ranges: Their states in the token-level index.
        sizes: int64 [texts], their tokens.
    """

    texts: Texts
    ranges: Ranges
    sizes: Numbers


def write(
    model: LanguageModel,
    index: NgramIndex,
    question: str,
    *,
    writing: Writing,
    analyzer: Analyzer,
    known: Sequence[Unit],
) -> Written:
    """Let a model write n-grams of the collection for a question, and score them.

    Cost: the model's; ``tokens`` steps of ``beams`` rows and the likelihoods of all n-grams, twice
    with titles.

    Args:
        model: Whose tokens the index holds.
        index: The token-level index.
        question: What is asked.
        writing: How to write.
        analyzer: The collection's notion of words.
        known: The question's different words; the numbers of others follow theirs.
    """
    short = model.decode(model.encode(question)[: writing.question_tokens])
    parts = [
        _generated(model, index, prompt.filled(short), writing, titles=titles)
        for prompt, titles in ((writing.body, False), (writing.title, True))
        if prompt is not None
    ]
    return _scored(model, index, parts, writing=writing, analyzer=analyzer, known=known)


@dataclass(frozen=True, slots=True, eq=False)
class _Generated:
    tokens: list[Gram]
    log_probabilities: Floats
    ranges: Ranges


def _generated(
    model: LanguageModel, index: NgramIndex, prompt: str, writing: Writing, *, titles: bool
) -> _Generated:
    """All partial n-grams of one beam search, with the model's probability of each."""
    prefix: Prefix = model.prefix(model.encode(prompt))
    constraint = Occurring(
        index,
        model.vocabulary_size,
        model.end_of_sequence,
        titles=titles,
        stop_at=writing.stop_at,
    )
    generations = model.generate(
        prefix, max_tokens=writing.tokens, beams=writing.beams, constraint=constraint
    )
    partial = constraint.written(generations)
    likely = partial.log_probabilities
    if likely is None:
        rows = [np.array(row, np.int64) for row in partial.tokens]
        likely = model.log_likelihood([prefix] * len(rows), rows)
    return _Generated(partial.tokens, likely, partial.ranges)


def _scored(
    model: LanguageModel,
    index: NgramIndex,
    generated: Sequence[_Generated],
    *,
    writing: Writing,
    analyzer: Analyzer,
    known: Sequence[Unit],
) -> Written:
    """Of n-grams with one text the likeliest; those that count nothing go."""
    tokens = [row for part in generated for row in part.tokens]
    likely = np.concatenate([part.log_probabilities for part in generated])
    ranges = join([part.ranges for part in generated])
    best: dict[str, int] = {}
    for place in np.argsort(-likely, kind="stable").tolist():
        text = model.decode(np.array(tokens[place], np.int64)).strip()
        if TORN not in text:
            best.setdefault(text, place)
    words = _words(list(best), analyzer, known)
    rows = np.array([row for row, found in zip(best.values(), words, strict=True) if found])
    ranges, likely = ranges.take(rows.astype(np.int64)), likely[rows.astype(np.int64)]
    sizes, counts = np.array([len(tokens[row]) for row in rows], np.int64), index.totals(ranges)
    total = int(index.totals(index.root(1))[0])
    scores = score_written(likely, sizes, counts, total, writing=writing)
    kept = (scores > 0) & (counts > 0)
    pairs = [pair for pair in zip(best, words, strict=True) if pair[1]]
    chosen = [pair for pair, keep in zip(pairs, kept.tolist(), strict=True) if keep]
    texts = Texts(
        [text for text, _ in chosen],
        [found for _, found in chosen],
        scores[kept],
        counts[kept],
        likely[kept],
    )
    return Written(texts, ranges.take(kept), sizes[kept])


def score_written(
    log_probabilities: Floats, sizes: Numbers, counts: Numbers, total: int, *, writing: Writing
) -> Floats:
    """The worth of n-grams that a model wrote.

    Args:
        log_probabilities: Of each, after the prompt.
        sizes: Tokens of each.
        counts: Occurrences of each in the collection.
        total: Tokens of the collection.
        writing: How to score.
    """
    likely = without_length(log_probabilities, sizes, penalty=writing.shortening)
    if writing.scoring == "model":
        worth = model_evidence(likely, exponent=writing.exponent)
    else:
        base = background(counts, total, smoothing=writing.smoothing)
        worth = evidence(log_odds(likely, base), exponent=writing.exponent)
    return writing.weight * worth


def _words(texts: Sequence[str], analyzer: Analyzer, known: Sequence[Unit]) -> list[Gram]:
    """The words of each text, numbered on from the question's; none where they tell nothing."""
    numbers = {unit.identity: number for number, unit in enumerate(known)}
    batch = read(texts, analyzer)
    names = [numbers.setdefault(unit.identity, len(numbers)) for unit in batch.units]
    return [
        tuple(names[unit] for unit in each.units) if tells(each.units, batch.units) else ()
        for each in batch.questions
    ]
