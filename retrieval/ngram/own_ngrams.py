"""The n-grams of questions in the corpus: all that occur, how often, and where the rare ones stand.

Every word of a question is a beginning, and is extended word by word as long as the corpus has the
n-gram, in any of its words' forms; all questions of a call together, equal n-grams once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.retrieval.ngram.asked import read
from mnemic.retrieval.ngram.forms import find_forms
from mnemic.retrieval.ngram.lengthening import Lengthening
from mnemic.retrieval.ngram.states import States, totals, whole_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.ngram.asked import Asked, Batch, Unit
    from mnemic.retrieval.ngram.forms import Forms
    from mnemic.retrieval.ngram.words import Numbers

Gram: TypeAlias = tuple[int, ...]
"""The units of an n-gram."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnNgrams:
    """The n-grams of some questions that occur.

    Attributes:
        units: The words.
        questions: The questions in units.
        spellings: How the corpus writes each word.
        grams: Every n-gram that occurs.
        counts: How often each does, live: int64 [n-grams].
        states: Where the index has them; owners are places in ``grams``.
    """

    units: list[Unit]
    questions: list[Asked]
    spellings: list[list[bytes]]
    grams: dict[Gram, int]
    counts: Numbers
    states: States

    def of(self, question: int, longest: int) -> dict[Gram, int]:
        """The n-grams of one question that occur, and how often it asks for each."""
        asked = self.questions[question]
        found: dict[Gram, int] = {}
        for start, end in asked.spans(longest):
            gram = asked.units[start:end]
            if gram in self.grams:
                found[gram] = found.get(gram, 0) + 1
        return found


def find_ngrams(
    index: NgramIndex, texts: Sequence[str], analyzer: Analyzer, *, longest: int
) -> OwnNgrams:
    """All n-grams of questions that the corpus has.

    Cost: a few calls of the index for each letter of the longest words, for all questions together.

    Args:
        index: The byte-level index.
        texts: The questions.
        analyzer: The collection's notion of words.
        longest: Words of an n-gram, at most.
    """
    batch = read(texts, analyzer)
    forms = find_forms(index, batch.units, analyzer)
    grams: dict[Gram, int] = {(unit,): unit for unit in range(len(batch.units))}
    counts = np.bincount(forms.states.owners, forms.counts, minlength=len(batch.units))
    counts = counts.astype(np.int64)
    levels, states = [forms.states], forms.states
    lengthening = Lengthening(index, batch.units, _spellings(forms, len(batch.units)))
    for size in range(2, longest + 1):
        wanted = _wanted(batch, grams, counts, size)
        if not wanted:
            break
        new = {gram: len(grams) + place for place, gram in enumerate(wanted)}
        states = lengthening.extend(
            states, [(grams[gram[:-1]], gram[-1], new[gram]) for gram in wanted]
        )
        states, found = _counted(index, states, paired=_paired(batch.units, wanted, len(grams)))
        more = np.bincount(states.owners, found, minlength=len(grams) + len(new))
        counts = np.concatenate([counts, more[len(grams) :].astype(np.int64)])
        grams |= new
        levels.append(states)
    kept = {gram: place for gram, place in grams.items() if counts[place]}
    return OwnNgrams(
        batch.units,
        batch.questions,
        lengthening.spellings,
        kept,
        counts,
        States.joined(levels),
    )


def _spellings(forms: Forms, units: int) -> list[list[bytes]]:
    found: list[dict[bytes, None]] = [{} for _ in range(units)]
    for owner, text in zip(forms.states.owners.tolist(), forms.texts, strict=True):
        found[owner][text] = None
    return [list(each) for each in found]


def _wanted(batch: Batch, grams: dict[Gram, int], counts: Numbers, size: int) -> list[Gram]:
    """The n-grams of this size whose beginning occurs, in the order of the questions."""
    wanted: dict[Gram, None] = {}
    for asked in batch.questions:
        units, joined = asked.units, asked.joined
        for start in range(len(units) - size + 1):
            gram = units[start : start + size]
            before = grams.get(gram[:-1])
            if before is not None and counts[before] and all(joined[start + 1 : start + size]):
                wanted[gram] = None
    return list(wanted)


def _paired(units: Sequence[Unit], grams: Sequence[Gram], first: int) -> NDArray[np.bool_]:
    return np.array([False] * first + [units[gram[-1]].paired for gram in grams], np.bool_)


def _counted(
    index: NgramIndex, states: States, *, paired: NDArray[np.bool_]
) -> tuple[States, Numbers]:
    """How often each state ends a word; those that never do go."""
    following = index.next_symbols(states.ranges)
    found = np.where(paired[states.owners], totals(following), whole_words(following))
    kept = np.flatnonzero(found)
    return states.take(kept), found[kept]
