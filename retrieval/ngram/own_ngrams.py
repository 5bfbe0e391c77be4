"""The n-grams of questions in the corpus: all that occur, how often, and where the rare ones stand.

Every word of a question is a beginning, and is extended word by word as long as the corpus has the
n-gram, in any of its words' forms; all questions of a call together, equal n-grams once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mnemic.retrieval.ngram.asked import read
from mnemic.retrieval.ngram.forms import (
    WORD_ENDS,
    States,
    find_forms,
    matching,
    totals,
    whole_words,
)
from mnemic.retrieval.ngram.words import JOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.analysis import Analyzer
    from mnemic.retrieval.ngram.asked import Asked, Batch, Unit
    from mnemic.retrieval.ngram.forms import Forms
    from mnemic.retrieval.ngram.words import Numbers

Gram: TypeAlias = tuple[int, ...]
"""The units of an n-gram."""

_JOINTS = np.frombuffer(JOINTS.encode(), np.uint8)


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
    levels, states = [forms.states], forms.states
    speller = _Speller(index, batch.units, _spellings(forms, len(batch.units)))
    for size in range(2, longest + 1):
        wanted = _wanted(batch, grams, counts, size)
        if not wanted:
            break
        new = {gram: len(grams) + place for place, gram in enumerate(wanted)}
        states = speller.extend(
            states, [(grams[gram[:-1]], gram[-1], new[gram]) for gram in wanted]
        )
        states, found = _counted(index, states, paired=_paired(batch.units, wanted, len(grams)))
        counts = np.concatenate([counts, np.zeros(len(new))])
        np.add.at(counts, states.owners, found)
        grams |= new
        levels.append(states)
    kept = {gram: place for gram, place in grams.items() if counts[place]}
    return OwnNgrams(
        batch.units,
        batch.questions,
        speller.spellings,
        kept,
        counts.astype(np.int64),
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


def _paired(
    units: Sequence[Unit], grams: Sequence[Gram], first: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([False] * first + [units[gram[-1]].paired for gram in grams], np.bool_)


def _counted(
    index: NgramIndex, states: States, *, paired: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[States, Numbers]:
    """How often each state ends a word; those that never do go."""
    following = index.next_symbols(states.ranges)
    found = np.where(paired[states.owners], totals(following), whole_words(following))
    kept = np.flatnonzero(found)
    return states.take(kept), found[kept]


class _Speller:
    """Goes on with n-grams by one word."""

    def __init__(
        self, index: NgramIndex, units: Sequence[Unit], spellings: list[list[bytes]]
    ) -> None:
        self._index = index
        self._units = units
        self.spellings = spellings

    def extend(self, states: States, steps: Sequence[tuple[int, int, int]]) -> States:
        """The states of longer n-grams.

        Args:
            states: Of the n-grams of one word less.
            steps: Whose states go on, with which unit, and what the new n-gram is called.
        """
        rows = _rows_by_owner(states)
        spaced = [step for step in steps if not self._units[step[1]].paired]
        paired = [step for step in steps if self._units[step[1]].paired]
        after = self._joints(states, np.unique([rows_of for rows_of, _, _ in spaced]), rows)
        parts = [
            self._spell(after, _rows_by_owner(after), spaced),
            self._spell(states, rows, paired),
        ]
        return States.joined(parts)

    def _joints(self, states: States, owners: Numbers, rows: dict[int, Numbers]) -> States:
        """The states after every character that may stand between two words."""
        chosen = _concatenated(rows[owner] for owner in owners.tolist())
        parents = np.repeat(chosen, len(_JOINTS))
        return _extended(self._index, states, np.tile(_JOINTS, len(chosen)), parents)

    def _spell(
        self, states: States, rows: dict[int, Numbers], steps: Sequence[tuple[int, int, int]]
    ) -> States:
        """Each state through each spelling of the word that it goes on with."""
        begun, names, texts = [], list[int](), list[bytes]()
        for owner, unit, name in steps:
            mine = rows.get(owner)
            if mine is None:
                continue
            spellings = self._texts(unit)
            begun.append(np.repeat(mine, len(spellings)))
            names += [name] * (len(mine) * len(spellings))
            texts += spellings * len(mine)
        live = states.take(_concatenated(begun))
        live = States(live.ranges, np.arange(len(texts), dtype=np.int64), live.lengths)
        done = _through(self._index, live, texts)
        return States(done.ranges, np.array(names, np.int64)[done.owners], done.lengths)

    def _texts(self, unit: int) -> list[bytes]:
        one = self._units[unit]
        return [one.tail.encode()] if one.paired else self.spellings[unit]


def _through(index: NgramIndex, states: States, texts: Sequence[bytes]) -> States:
    """State ``i`` through all bytes of ``texts[owners[i]]``."""
    lengths = np.array([len(text) for text in texts], np.int64)
    width = int(lengths.max(initial=0))
    spelled = np.frombuffer(b"".join(text.ljust(width) for text in texts), np.uint8)
    spelled = spelled.reshape(len(texts), width)
    arrived = [states.take(lengths[states.owners] == 0)]
    states = states.take(lengths[states.owners] > 0)
    for place in range(width):
        symbols, every = spelled[states.owners, place], np.arange(len(states), dtype=np.int64)
        states = _extended(index, states, symbols, every)
        ended = lengths[states.owners] == place + 1
        arrived.append(states.take(ended))
        states = states.take(~ended)
        if not len(states):
            break
    return States.joined(arrived)


def _extended(
    index: NgramIndex,
    states: States,
    symbols: np.ndarray[tuple[int], np.dtype[np.uint8]],
    parents: Numbers,
) -> States:
    """Row ``j`` continues ``parents[j]``; what matches nothing goes."""
    ranges = index.extend(states.ranges, symbols, parents)
    longer = States(ranges, states.owners[parents], states.lengths[parents] + 1)
    return longer.take(matching(ranges))


def _rows_by_owner(states: States) -> dict[int, Numbers]:
    order = np.argsort(states.owners, kind="stable")
    owners, starts = np.unique(states.owners[order], return_index=True)
    return (
        dict(zip(owners.tolist(), np.split(order, starts[1:]), strict=True)) if len(order) else {}
    )


def _concatenated(parts: Iterable[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, np.int64), *parts])


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Where n-grams stand: one row for each occurrence, by n-gram.

    Attributes:
        offsets: int64 [n-grams + 1].
        ordinals: int64 [occurrences], documents.
        starts: int64 [occurrences], in bytes of the document.
        ends: int64 [occurrences].
    """

    offsets: Numbers
    ordinals: Numbers
    starts: Numbers
    ends: Numbers

    def of(self, gram: int) -> slice:
        """The rows of one n-gram."""
        return slice(int(self.offsets[gram]), int(self.offsets[gram + 1]))


def locate(
    index: NgramIndex,
    own: OwnNgrams,
    grams: Iterable[int],
    *,
    limit: int,
    allowed: Sequence[Bitmap | None] | None,
) -> Located:
    """Where some n-grams stand, at most so many occurrences of each of their forms.

    Args:
        index: The byte-level index.
        own: The n-grams.
        grams: Which of them.
        limit: Occurrences of one form.
        allowed: What a filter lets through, one bitmap a segment.
    """
    chosen = np.zeros(len(own.counts), np.bool_)
    chosen[list(grams)] = True
    paired = np.zeros(len(own.counts), np.bool_)
    paired[[place for gram, place in own.grams.items() if own.units[gram[-1]].paired]] = True
    columns: list[list[Numbers]] = [[], [], [], []]
    for kind, after in ((~paired, WORD_ENDS), (paired, None)):
        states = own.states.take((chosen & kind)[own.states.owners])
        if not len(states):
            continue
        rows = index.rows(states.ranges, limit=limit, after=after, allowed=allowed)
        places = index.locate(rows)
        sizes = np.diff(places.offsets)
        for column, values in zip(
            columns,
            (
                np.repeat(states.owners, sizes),
                places.ordinals,
                places.ends - np.repeat(states.lengths, sizes),
                places.ends,
            ),
            strict=True,
        ):
            column.append(values)
    owners, ordinals, starts, ends = (_concatenated(column) for column in columns)
    order = np.argsort(owners, kind="stable")
    sizes = np.bincount(owners, minlength=len(own.counts))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Located(offsets, ordinals[order], starts[order], ends[order])
