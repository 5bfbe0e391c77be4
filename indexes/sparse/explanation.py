"""Turn the native parts of a score into a tree that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mnemic.indexes.sparse.scorers import BM25, Impact
from mnemic.types import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Name = Callable[[bytes], str]


class TermPart(NamedTuple):
    """One query term's part; frequency, component and part are 0 when the document lacks it."""

    term: bytes
    having: int
    weight: float
    idf: float
    frequency: float
    component: float
    part: float


@dataclass(frozen=True, slots=True)
class Explained:
    """What the native core says about one document and one query."""

    score: float
    shift: float
    length: int
    parts: Sequence[tuple[bytes, int, float, float, float, float, float]]


def readable(term: bytes) -> str:
    """The text of a term."""
    return term.decode("utf-8", "backslashreplace")


def explanation(found: Explained, scorer: BM25 | Impact, *, name: Name = readable) -> Explanation:
    """The tree: the score, under it each matching term, under it weight, idf and frequency.

    Args:
        found: What the native core says.
        scorer: The scorer that it used.
        name: From the bytes of a term to what readers know it by.
    """
    matching = [part for part in map(TermPart._make, found.parts) if part.frequency > 0]
    if not matching:
        return Explanation(0.0, "the document shares no term with the query")
    if isinstance(scorer, Impact):
        return Explanation(
            found.score, "sum of products", tuple(_product(part, name) for part in matching)
        )
    parts = [_bm25(part, found.length, name) for part in matching]
    if found.shift:
        parts.append(Explanation(found.shift, "what every query term adds even where it is absent"))
    title = f"BM25 ({scorer.variant}, k1={scorer.k1:g}, b={scorer.b:g})"
    return Explanation(found.score, title, tuple(parts))


def _product(part: TermPart, name: Name) -> Explanation:
    weights = (
        Explanation(part.weight, "weight in the query"),
        Explanation(part.frequency, "weight in the document"),
    )
    return Explanation(part.part, f"term {name(part.term)!r}", weights)


def _bm25(part: TermPart, length: int, name: Name) -> Explanation:
    frequency = Explanation(
        part.component,
        "frequency part, by term frequency and document length",
        (
            Explanation(part.frequency, "occurrences in the document"),
            Explanation(float(length), "tokens in the document"),
        ),
    )
    factors = (
        Explanation(part.weight, "weight in the query"),
        Explanation(
            part.idf, f"inverse document frequency, documents with the term: {part.having}"
        ),
        frequency,
    )
    return Explanation(part.part, f"term {name(part.term)!r}", factors)
