"""Turn the native parts of a score into a tree that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mnemic.indexes.sparse.scorers import BM25, Impact
from mnemic.types import Explanation

if TYPE_CHECKING:
    from collections.abc import Sequence


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


def explanation(found: Explained, scorer: BM25 | Impact) -> Explanation:
    """The tree: the score, under it each matching term, under it weight, idf and frequency."""
    matching = [part for part in map(TermPart._make, found.parts) if part.frequency > 0]
    if not matching:
        return Explanation(0.0, "the document shares no term with the query")
    if isinstance(scorer, Impact):
        return Explanation(found.score, "sum of products", tuple(map(_product, matching)))
    parts = [_bm25(part, found.length, scorer) for part in matching]
    if found.shift:
        parts.append(Explanation(found.shift, "what every query term adds even where it is absent"))
    name = f"BM25 ({scorer.variant}, k1={scorer.k1:g}, b={scorer.b:g})"
    return Explanation(found.score, name, tuple(parts))


def _product(part: TermPart) -> Explanation:
    weights = (
        Explanation(part.weight, "weight in the query"),
        Explanation(part.frequency, "weight in the document"),
    )
    return Explanation(part.part, f"term {_readable(part.term)}", weights)


def _bm25(part: TermPart, length: int, scorer: BM25) -> Explanation:
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
        Explanation(part.idf, f"inverse document frequency, {part.having} documents have the term"),
        frequency,
    )
    return Explanation(part.part, f"term {_readable(part.term)}", factors)


def _readable(term: bytes) -> str:
    return repr(term.decode("utf-8", "backslashreplace"))
