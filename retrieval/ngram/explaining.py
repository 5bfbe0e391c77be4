"""Why a document is where it is: its words and n-grams, where they stand, and what they add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.reading import FIELDS
from mnemic.types import Explanation

if TYPE_CHECKING:
    from mnemic.indexes.ngram import NgramIndex
    from mnemic.retrieval.ngram.candidates import Prepared
    from mnemic.retrieval.ngram.ranking import Ranked
    from mnemic.retrieval.ngram.reading import Reading

MOST_PLACES = 3
"""Occurrences of a word that are listed."""


def explain(index: NgramIndex, prepared: Prepared, ranked: Ranked, hit: int) -> Explanation:
    """The tree of one hit; its value is the sum of its parts.

    Args:
        index: The byte-level index.
        prepared: The questions.
        ranked: The question's ranking.
        hit: Which hit.
    """
    row = int(ranked.rows[hit])
    shown = _Shown(ranked.reading, row, _before(index, ranked.reading, row))
    parts = [*_words(prepared, ranked, row, shown), *_grams(ranked, row, shown)]
    parts.sort(key=lambda part: -part.value)
    what = "words and n-grams of the question that the document has"
    return Explanation(float(ranked.scores[hit]), what, tuple(parts))


def _before(index: NgramIndex, reading: Reading, row: int) -> str:
    """What stands before the part of a long document that was read."""
    skipped = reading.skipped[row : row + 1]
    if not skipped[0]:
        return ""
    batch = index.extract(reading.ordinals[row : row + 1], np.zeros(1, np.int64), skipped)
    return batch.symbols.tobytes().decode("utf-8", "surrogateescape")


class _Shown:
    """Places of a document as people name them: field and characters."""

    def __init__(self, reading: Reading, row: int, before: str) -> None:
        base = int(reading.bases[row])
        self.text = reading.text[base : int(reading.bases[row + 1]) - 1]
        self._before = before
        self._title = (before + self.text).find(FIELDS)

    def where(self, start: int, end: int) -> str:
        first, last = start + len(self._before), end + len(self._before)
        if last <= self._title:
            return f"title {first}-{last}"
        return f"text {first - self._title - 1}-{last - self._title - 1}"


def _words(prepared: Prepared, ranked: Ranked, row: int, shown: _Shown) -> list[Explanation]:
    keys, scored, parts = ranked.keys, ranked.scored, list[Explanation]()
    mine = np.flatnonzero(ranked.reading.owners == row)
    base = int(ranked.reading.bases[row])
    for place, unit in enumerate(keys.words.tolist()):
        if not scored.words[row, place]:
            continue
        found = mine[ranked.units[mine] == unit][:MOST_PLACES]
        words = ranked.reading.words
        places = [
            shown.where(start - base, end - base)
            for start, end in zip(
                words.starts[found].tolist(), words.ends[found].tolist(), strict=True
            )
        ]
        count = int(scored.counts[row, place])
        more = ", ..." if count > len(places) else ""
        times = "once" if count == 1 else f"{count:,} times"
        text = (
            f"word {prepared.own.units[unit].text!r} {times}: {', '.join(places)}{more} "
            f"({int(keys.word_counts[place]):,} in the collection, score "
            f"{keys.word_scores[place]:.4g})"
        )
        parts.append(Explanation(float(scored.words[row, place]), text))
    return parts


def _grams(ranked: Ranked, row: int, shown: _Shown) -> list[Explanation]:
    grams, parts = ranked.scored.grams, list[Explanation]()
    mine, alone = np.flatnonzero(grams.documents == row), ranked.single_key
    for place in mine.tolist():
        value = float(grams.values[place])
        start, end = int(grams.starts[place]), int(grams.ends[place])
        told = _told(ranked, int(grams.keys[place]), value)
        text = f"{told[0]} {shown.text[start:end]!r}: {shown.where(start, end)} ({told[1]})"
        parts.append(Explanation((1.0 - alone) * value, text))
    if alone and len(mine):
        best = float(grams.values[mine].max())
        parts.append(Explanation(alone * best, "the best n-gram by itself"))
    return parts


def _told(ranked: Ranked, key: int, value: float) -> tuple[str, str]:
    """What kind of n-gram it is, and how often the collection has it, with its score."""
    keys, texts = ranked.keys, ranked.texts
    own = len(keys.grams)
    if key < own:
        kind, count, score = "n-gram", int(keys.gram_counts[key]), float(keys.gram_scores[key])
        likely = ""
    else:
        kind, count = "generated n-gram", int(texts.counts[key - own])
        score = float(texts.scores[key - own])
        likely = f"log-probability {texts.log_probabilities[key - own]:.4g}, "
    discount = "" if value == score else f", {value / score:.0%} of it new"
    return kind, f"{likely}{count:,} in the collection, score {score:.4g}{discount}"
