"""Several retrievers as one: each is asked, and their rankings are fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion import RRF, Fusion, checked_weights, fuse_listings, fusion_of
from mnemic.retrieval.listing import Listing, SupportsListings
from mnemic.retrieval.protocols import SupportsExplanation
from mnemic.retrieval.questions import checked_k, checked_queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnemic.retrieval.protocols import Retriever
    from mnemic.types import Query, Ranking

# The best of 50 to 1,000 on the tuning queries but for 50, which is less than many a k.
DEPTH = 100


@dataclass(frozen=True, slots=True)
class HybridSpec:
    """A hybrid retriever that does not know its collection yet.

    Attributes:
        parts: Names, specs or retrievers.
        fusion: How their rankings become one.
        weights: One per part, in any proportion; ``None`` counts all alike, 0 leaves a part out.
        depth: How many hits of each part are fused, at least.

    Raises:
        InvalidInput: An attribute cannot be used.
    """

    parts: tuple[object, ...]
    fusion: Fusion = field(default_factory=RRF)
    weights: tuple[float, ...] | None = None
    depth: int = DEPTH

    def __post_init__(self) -> None:
        _check(self)

    def bind(self, resolve: Callable[[object], Retriever]) -> HybridRetriever:
        """The retriever over what a function makes of each part.

        Raises:
            Unsupported: A part is known by name, but this version does not have it.
            InvalidInput: A part is no name, spec or retriever.
        """
        parts = tuple(resolve(part) for part in self.parts)
        return HybridRetriever(parts, self.fusion, self.weights, self.depth)


def hybrid(
    parts: Sequence[object],
    *,
    fusion: str | Fusion = "rrf",
    weights: Sequence[float] | None = None,
    depth: int = DEPTH,
) -> HybridSpec:
    """Several retrievers whose rankings are fused into one.

    Args:
        parts: Names, specs or retrievers, such as ``["bm25", bm25(k1=2.0)]``; hybrids may nest.
        fusion: ``rrf``, ``min-max``, ``z-score``, ``log-odds``, or a ``Fusion`` such as
            ``RRF(k=20)``.
        weights: One per part, in any proportion; 0 leaves a part out.
        depth: How many hits of each part are fused; more when more are asked for.

    Raises:
        InvalidInput: An argument cannot be used; the message names it.
    """
    if isinstance(parts, str) or not isinstance(parts, Sequence):
        raise InvalidInput(
            f"parts is a {type(parts).__name__}, not a list of retrievers",
            hint='Write hybrid(["bm25", mnemic.retrieval.bm25(k1=2.0)]).',
        )
    checked = checked_weights(weights, parts=len(parts))
    return HybridSpec(tuple(parts), fusion_of(fusion), checked, depth)


@dataclass(frozen=True, slots=True)
class HybridRetriever:
    """Asks every part for its best, and fuses what they give.

    Each part is asked for ``max(depth, k)`` hits, so within ``depth`` a smaller ``k`` gives the
    beginning of what a larger one gives.

    Attributes:
        parts: The retrievers, at least one.
        fusion: How their rankings become one.
        weights: One per part, in any proportion; a part with weight 0 is not asked.
        depth: How many hits of each part are fused, at least.

    Raises:
        InvalidInput: An attribute cannot be used.
    """

    parts: tuple[Retriever, ...]
    fusion: Fusion = field(default_factory=RRF)
    weights: tuple[float, ...] | None = None
    depth: int = DEPTH

    def __post_init__(self) -> None:
        _check(self)

    @property
    def name(self) -> str:
        """The fusion and the parts by name, with weights and another depth where there are any."""
        names = [part.name for part in self.parts]
        if self.weights is not None:
            names = [f"{name}@{weight:g}" for name, weight in zip(names, self.weights, strict=True)]
        depth = "" if self.depth == DEPTH else f"/{self.depth}"
        return f"{self.fusion.name}({','.join(names)}){depth}"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        """One ranking per query; every part answers all queries in one call."""
        asked, depth = checked_queries(queries), self._depth(k)
        found = [_listed(part, asked, depth, filter) for part in self._asked()]
        return [self._fused(list(listings), k) for listings in zip(*found, strict=True)]

    def search_explained(self, query: str | Query, k: int, *, filter: Any = None) -> Ranking:
        """One ranking whose hits say what each part contributed, and why where the part can.

        Explains ``max(depth, k)`` hits of each part; a smaller ``depth`` is faster.
        """
        [asked], depth = checked_queries([query]), self._depth(k)
        found = [Listing.of(_explained(part, asked, depth, filter)) for part in self._asked()]
        return self._fused(found, k, explain=True)

    def _fused(self, listings: list[Listing], k: int, *, explain: bool = False) -> Ranking:
        return fuse_listings(
            listings,
            fusion=self.fusion,
            weights=[weight for weight in self.weights if weight] if self.weights else None,
            k=k,
            labels=[part.name for part in self._asked()],
            explain=explain,
        )

    def _asked(self) -> list[Retriever]:
        weights = self.weights or (1.0,) * len(self.parts)
        return [part for part, weight in zip(self.parts, weights, strict=True) if weight]

    def _depth(self, k: int) -> int:
        # Nothing is asked for with k = 0, but the parts still refuse a malformed filter.
        return max(self.depth, k) if checked_k(k) else 0


def _listed(part: Retriever, queries: Sequence[Query], k: int, filter: Any) -> list[Listing]:
    if isinstance(part, SupportsListings):
        return part.search_listed(queries, k, filter=filter)
    return [Listing.of(ranking) for ranking in part.search(queries, k, filter=filter)]


def _explained(part: Retriever, query: Query, k: int, filter: Any) -> Ranking:
    if isinstance(part, SupportsExplanation):
        return part.search_explained(query, k, filter=filter)
    [ranking] = part.search([query], k, filter=filter)
    return ranking


def _check(hybrid: HybridSpec | HybridRetriever) -> None:
    if not hybrid.parts:
        raise InvalidInput("parts is empty", hint="Give at least one retriever.")
    for place, part in enumerate(hybrid.parts):
        if part is None:
            raise InvalidInput(f"parts[{place}] is None, not a name, a spec or a retriever")
    if isinstance(hybrid.fusion, str):
        raise InvalidInput("fusion is a name", hint="hybrid(...) takes names; here, give RRF().")
    fusion_of(hybrid.fusion)
    checked_weights(hybrid.weights, parts=len(hybrid.parts))
    depth: object = hybrid.depth
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
        raise InvalidInput(f"depth={depth!r} must be a whole number, 1 or more")
