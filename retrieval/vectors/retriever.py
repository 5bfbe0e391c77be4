"""Retrieval by vectors: values that encode the queries and ask a collection's tracks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.retrieval.encoders.protocols import DenseVectors, Vocabulary
from mnemic.retrieval.listing import Listing
from mnemic.retrieval.questions import checked_k, checked_queries
from mnemic.retrieval.vectors.sparse_search import SparseSearch
from mnemic.types import Hit, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mnemic.indexes.protocols import Bitmap
    from mnemic.retrieval.collections.snapshot import Snapshot
    from mnemic.retrieval.encoders.opening import TextEncoder
    from mnemic.retrieval.encoders.protocols import SparseVectors
    from mnemic.retrieval.vectors.found import Found
    from mnemic.retrieval.vectors.track import Track
    from mnemic.types import Query

Role: TypeAlias = Literal["dense", "sparse"]
ROLES: tuple[Role, ...] = ("dense", "sparse")


class Embedded(Protocol):
    """What a vector retriever needs of a collection."""

    def encoder(self, track: Track) -> TextEncoder:
        """The encoder that made a track."""
        ...

    def vectors(
        self, role: str, filter: Any
    ) -> tuple[Snapshot, Track | None, Sequence[Bitmap] | None]:
        """What a search that starts now sees, and what a filter allows of it."""
        ...


@dataclass(frozen=True, slots=True)
class VectorSpec:
    """A vector retriever that does not know its collection yet.

    Attributes:
        role: ``dense`` or ``sparse``.
        per_passage: Every passage is a hit of its own, instead of a document's best one.

    Raises:
        InvalidInput: The role is another word.
    """

    role: Role
    per_passage: bool = False

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InvalidInput(f"role {self.role!r} is not one of {', '.join(ROLES)}")

    def bind(self, collection: Embedded) -> VectorRetriever:
        """The retriever over one collection."""
        return VectorRetriever(collection, self.role, per_passage=self.per_passage)


def dense(*, per_passage: bool = False) -> VectorSpec:
    """Nearest by the vectors of the collection's dense encoder, exactly.

    Args:
        per_passage: Rank passages instead of documents.
    """
    return VectorSpec("dense", per_passage)


def sparse(*, per_passage: bool = False) -> VectorSpec:
    """Best by the weighted words of the collection's learned-sparse encoder, exactly.

    Args:
        per_passage: Rank passages instead of documents.
    """
    return VectorSpec("sparse", per_passage)


@dataclass(frozen=True, slots=True)
class VectorRetriever:
    """Exact top-k by encoded passages; a document counts as its best passage (MaxP).

    MaxP: Dai and Callan, Deeper Text Understanding for IR with Contextual Neural Language Modeling,
    SIGIR 2019. A query without words has no direction, and finds nothing.

    Attributes:
        collection: Where it searches; every call sees the collection as it is then.
        role: Which of its encoders.
        per_passage: Every passage is a hit of its own.
    """

    collection: Embedded
    role: Role
    per_passage: bool = False

    @property
    def name(self) -> str:
        """The name in runs and tables."""
        return self.role

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        """One ranking per query; hits carry ids, scores and passages.

        Raises:
            NotFound: The encoder's model is not there; the hint has the command that fetches it.
            DimensionMismatch: The model is not the one that the documents were encoded with.
        """
        return [each.ranking() for each in self.search_listed(queries, k, filter=filter)]

    def search_listed(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Listing]:
        """As ``search``, in columns."""
        asked, k = checked_queries(queries), checked_k(k)
        snapshot, track, allowed = self.collection.vectors(self.role, filter)
        if track is None or k == 0 or not asked:
            return [Listing.of(Ranking(query)) for query in asked]
        vectors = self._encoded(track, asked)
        found = track.search.best(vectors, k, allowed=allowed, per_passage=self.per_passage)
        ids, ends = snapshot.ids(found.ordinals), found.offsets.tolist()
        return [
            _listing(query, ids, found, slice(start, end if knows else start))
            for query, (start, end), knows in zip(
                asked, pairwise(ends), _directed(vectors), strict=True
            )
        ]

    def search_explained(self, query: str | Query, k: int, *, filter: Any = None) -> Ranking:
        """One ranking whose hits say how their score came about."""
        [asked], k = checked_queries([query]), checked_k(k)
        snapshot, track, allowed = self.collection.vectors(self.role, filter)
        if track is None or k == 0:
            return Ranking(asked)
        vectors = self._encoded(track, [asked])
        if not all(_directed(vectors)):
            return Ranking(asked)
        search = track.search
        found = search.best(vectors, k, allowed=allowed, per_passage=self.per_passage)
        numbers = found.passages.tolist() if self.per_passage else [None] * len(found.passages)
        explain = search.explain
        if isinstance(search, SparseSearch):
            explain = partial(search.explain, name=self._name_of(track))
        parts = [
            explain(vectors, ordinal, passage=number)
            for ordinal, number in zip(found.ordinals.tolist(), numbers, strict=True)
        ]
        return Ranking.ordered(
            asked,
            [
                Hit(id=hit.id, score=hit.score, passage=hit.passage, explanation=part)
                for hit, part in zip(_hits(snapshot, found), parts, strict=True)
            ],
        )

    def _name_of(self, track: Track) -> Callable[[bytes], str]:
        """What a term is called: its token, or its id where the encoder cannot say it."""
        encoder = self.collection.encoder(track)
        if isinstance(encoder, Vocabulary):
            vocabulary: Vocabulary = encoder
            return lambda term: vocabulary.token(int(term))
        return bytes.decode

    def _encoded(self, track: Track, asked: Sequence[Query]) -> DenseVectors | SparseVectors:
        encoder = self.collection.encoder(track)
        vectors: DenseVectors | SparseVectors = encoder.encode_queries([q.text for q in asked])
        return vectors


def _listing(query: Query, ids: Sequence[str], found: Found, span: slice) -> Listing:
    return Listing.ordered(query, ids[span], found.scores[span], found.spans[span])


def _hits(snapshot: Snapshot, found: Found) -> list[Hit]:
    ids, scores = snapshot.ids(found.ordinals), found.scores.tolist()
    return [
        Hit(id=name, score=score, passage=(start, end))
        for name, score, (start, end) in zip(ids, scores, found.spans.tolist(), strict=True)
    ]


def _directed(vectors: DenseVectors | SparseVectors) -> list[bool]:
    """Which queries point anywhere."""
    if isinstance(vectors, DenseVectors):
        return [bool(value) for value in np.any(vectors.values, axis=1)]
    return [bool(count) for count in np.diff(vectors.offsets)]
