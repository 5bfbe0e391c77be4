"""What a question is made of: its words in order, equal ones counted as one unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mnemic.retrieval.ngram.words import codes_of, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.retrieval.analysis import Analyzer

MOST_WORDS = 1_024
"""Words of a question that count; what comes later is not looked at."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, in whichever case or inflection the analyzer holds for the same.

    Attributes:
        text: As first asked, in lower case.
        terms: What the analyzer makes of it; empty for what it drops, such as stop words.
        paired: A pair of characters of a script without spaces.
        tail: The characters that it adds to a pair before it.
    """

    text: str
    terms: tuple[str, ...]
    paired: bool
    tail: str = ""

    @property
    def identity(self) -> tuple[bool, bool, tuple[str, ...]]:
        """Equal for words that count as one."""
        return self.paired, bool(self.terms), self.terms or (self.text,)


@dataclass(frozen=True)
class Asked:
    """A question in units.

    Attributes:
        units: The number of each word's unit.
        joined: Whether each word goes on where the one before it ended.
    """

    units: tuple[int, ...]
    joined: tuple[bool, ...]

    @cached_property
    def words(self) -> Counter[int]:
        """How often each unit is asked for."""
        return Counter(self.units)

    def spans(self, longest: int) -> list[tuple[int, int]]:
        """The n-grams of up to so many words: (first word, one past the last)."""
        spans = []
        for start in range(len(self.units)):
            for end in range(start + 1, min(start + longest, len(self.units)) + 1):
                if end - start > 1 and not self.joined[end - 1]:
                    break
                spans.append((start, end))
        return spans


@dataclass(frozen=True, slots=True)
class Batch:
    """Questions, and their units under common numbers.

    Attributes:
        units: All of them.
        questions: One value a question.
    """

    units: list[Unit] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)


def read(texts: Sequence[str], analyzer: Analyzer) -> Batch:
    """Questions in units. Cost: about 3 us a word.

    Args:
        texts: The questions.
        analyzer: What says which words are the same, and which do not matter.
    """
    batch, numbers = Batch(), dict[tuple[bool, bool, tuple[str, ...]], int]()
    terms = dict[str, tuple[str, ...]]()
    for text in texts:
        found, joined = [], []
        for word, tail, paired, goes_on in _words(text, cjk=analyzer.spec.cjk_bigrams):
            if word not in terms:
                terms[word] = tuple(analyzer.analyze(word))
            unit = Unit(word.lower(), terms[word], paired, tail)
            number = numbers.setdefault(unit.identity, len(batch.units))
            if number == len(batch.units):
                batch.units.append(unit)
            found.append(number)
            joined.append(goes_on)
        batch.questions.append(Asked(tuple(found), tuple(joined)))
    return batch


def _words(text: str, *, cjk: bool) -> list[tuple[str, str, bool, bool]]:
    """Each word, what it adds to a pair before it, whether it is a pair, whether it goes on."""
    places = words_of(codes_of(text), cjk=cjk)
    columns = (places.starts, places.ends, places.paired, places.follows)
    rows: list[tuple[str, str, bool, bool]] = []
    before, last_paired = 0, False
    for start, end, paired, follows in zip(
        *(c[:MOST_WORDS].tolist() for c in columns), strict=True
    ):
        # In a question, words follow each other whatever stands between them.
        goes_on = bool(rows) and paired == last_paired and (follows or not paired)
        rows.append((text[start:end], text[max(before, start) : end], paired, goes_on))
        before, last_paired = end, paired
    return rows
