"""The words of the field as frozen values: what moves between the parts of mnemic.

Nothing here does I/O, validates input or knows a model. Validation happens at the doors
(``retrieval.collections`` for documents, ``retrieval.filters`` for filters).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

JsonScalar: TypeAlias = "str | int | float | bool | None"
# Nested JSON cannot be spelled for two type checkers at once without recursion; doors validate it.
Metadata: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a user stores and gets back.

    Attributes:
        id: The user's own name for it, 1 to 512 bytes of UTF-8, unique in a collection.
        text: The body; may be empty, may hold any Unicode scalar value (NUL included).
        title: A short heading; indexed together with the body.
        metadata: JSON object; the fields that filters can use.
    """

    id: str
    text: str = ""
    title: str = ""
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document: ``document.text[start:end] == text``.

    Attributes:
        document_id: The id of the document that it was cut from.
        start: First character, counted in code points of the original text.
        end: One past the last character.
        text: The characters of the span, unchanged.
    """

    document_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the id that runs and qrels know it by."""

    text: str
    id: str = ""
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit has its score: a value, its name, and the parts it was made from."""

    value: float
    description: str
    parts: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found document.

    Attributes:
        id: The document's id.
        score: Higher is better; only comparable within one ranking.
        text: The document's text; empty until the collection has filled it in.
        title: The document's title.
        metadata: The document's metadata.
        passage: ``(start, end)`` of the best passage in ``text``, in code points, or ``None``.
        snippet: A short extract around the matching words.
        explanation: How the score came about, when asked for.
    """

    id: str
    score: float
    text: str = ""
    title: str = ""
    metadata: Metadata = field(default_factory=dict)
    passage: tuple[int, int] | None = None
    snippet: str = ""
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Ranking(Sequence[Hit]):
    """The hits of one query, best first: ordered by (-score rounded to 6 digits, id).

    Attributes:
        query: The question that was asked.
        hits: Best first; a document occurs at most once.
    """

    query: Query
    hits: tuple[Hit, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Ranking: ...
    def __getitem__(self, index: int | slice) -> Hit | Ranking:
        if isinstance(index, slice):
            return replace(self, hits=self.hits[index])
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    @classmethod
    def ordered(cls, query: Query, hits: Sequence[Hit]) -> Self:
        """Put hits into the one order that runs are written in (byte-stable between runs)."""
        order = canonical_order([hit.score for hit in hits], [hit.id for hit in hits])
        return cls(query, tuple(hits[place] for place in order))


APART = 2e-6
"""Scores that are further apart than this are not brought together by rounding to 6 digits."""


def canonical_order(scores: Sequence[float], ids: Sequence[str]) -> list[int]:
    """The places of hits by (-score rounded to 6 digits, id).

    O(hits) where scores descend, for then only near ties move.
    """

    def key(place: int) -> tuple[float, str]:
        return -round(scores[place], 6), ids[place]

    gaps = [one - other for one, other in pairwise(scores)]
    # Written so that NaN, which is in no order, goes the long way too.
    if not all(gap >= 0 for gap in gaps):
        return sorted(range(len(scores)), key=key)
    order, start = list(range(len(scores))), 0
    ends = [place for place, gap in enumerate(gaps, 1) if gap > APART]
    for end in [*ends, len(order)]:
        if end - start > 1:
            order[start:end] = sorted(order[start:end], key=key)
        start = end
    return order


@dataclass(frozen=True, slots=True)
class Run:
    """The rankings of many queries by one system, as TREC runs hold them.

    Attributes:
        name: The system's name (a TREC run's last column).
        rankings: Query id -> document id -> score.
    """

    name: str
    rankings: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Qrels:
    """Relevance judgements: query id -> document id -> grade (0 is judged not relevant)."""

    judgements: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The identity of an analyzer, encoder or tokenizer, as it stands in a manifest.

    Attributes:
        name: What it is called, e.g. ``analyzer:english``.
        settings: Everything that changes its output, as JSON values.
        digest: Hex hash over name and settings; equal digests mean equal output.
    """

    name: str
    settings: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class TopK:
    """Ragged results of a batch of queries; there is no padding, so -1 never leaks.

    Query ``i`` owns ``scores[offsets[i]:offsets[i + 1]]`` and the same slice of ``ids``,
    ordered by (-score, id).

    Attributes:
        scores: float64 [total].
        ids: int64 [total], internal ids (insertion order).
        offsets: int64 [queries + 1].
    """

    scores: NDArray[np.float64]
    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def row(self, query: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Scores and ids of one query of the batch."""
        span = slice(self.offsets[query], self.offsets[query + 1])
        return self.scores[span], self.ids[span]


Operator: TypeAlias = Literal[
    "eq", "ne", "in", "nin", "gt", "gte", "lt", "lte", "exists", "contains"
]


@dataclass(frozen=True, slots=True)
class Compare:
    """One leaf of a filter: a field path, an operator and its operand.

    ``in`` and ``nin`` take a tuple of scalars, ``exists`` a bool, the others one scalar.
    """

    path: tuple[str, ...]
    operator: Operator
    operand: JsonScalar | tuple[JsonScalar, ...]


@dataclass(frozen=True, slots=True)
class And:
    """True where every clause is true; true everywhere when there is none."""

    clauses: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True where at least one clause is true; true nowhere when there is none."""

    clauses: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the clause is not."""

    clause: Filter


Filter: TypeAlias = "And | Or | Not | Compare"
