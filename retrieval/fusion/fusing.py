"""Rankings of one question in, one ranking out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mnemic.errors import InvalidInput
from mnemic.retrieval.fusion import kernels
from mnemic.retrieval.fusion.methods import Fusion, fusion_of
from mnemic.retrieval.fusion.weights import checked_weights, scaled
from mnemic.retrieval.listing import Listing
from mnemic.retrieval.questions import checked_k
from mnemic.types import Explanation, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.types import Hit

# Scores this close may change places when they are rounded to 6 digits.
ROUNDING = 1e-5


def fuse(
    rankings: Sequence[Ranking],
    *,
    fusion: str | Fusion = "rrf",
    weights: Sequence[float] | None = None,
    k: int | None = None,
    labels: Sequence[str] | None = None,
    explain: bool = False,
) -> Ranking:
    """One ranking from several of the same question; O(hits log hits).

    Scores count with 6 digits, as they do in the order of a ranking and in runs.
    A document's score is the sum over the parts of weight times contribution. A part with weight 0
    is left out altogether: documents that only it found do not come back. A part without hits
    contributes 0 to every document. Hits keep what they carry in the first part that gives a
    passage, else in the first part that has them.

    Args:
        rankings: One per part, best first. A document's rank is its place in them.
        fusion: ``rrf``, ``min-max``, ``z-score``, ``log-odds``, or a ``Fusion``.
        weights: One per ranking, in any proportion; ``None`` counts all alike.
        k: Most hits; ``None`` for all documents of all parts.
        labels: Names of the parts for explanations.
        explain: Say for each hit what each part contributed, with the part's own explanation.

    Returns:
        The best ``k`` in canonical order; the same to the last bit in any order of the parts.

    Raises:
        InvalidInput: No rankings, or of different questions; a ranking holds a document twice or a
            score that is not finite; or another argument cannot be used.
    """
    return fuse_listings(
        [Listing.of(ranking) for ranking in rankings],
        fusion=fusion,
        weights=weights,
        k=k,
        labels=labels,
        explain=explain,
    )


def fuse_listings(
    listings: Sequence[Listing],
    *,
    fusion: str | Fusion = "rrf",
    weights: Sequence[float] | None = None,
    k: int | None = None,
    labels: Sequence[str] | None = None,
    explain: bool = False,
) -> Ranking:
    """As :func:`fuse`, from columns: only hits that come back are made."""
    method, limit = fusion_of(fusion), None if k is None else checked_k(k)
    _check(listings, labels)
    given = checked_weights(weights, parts=len(listings)) or (1.0,) * len(listings)
    used = [place for place, weight in enumerate(given) if weight > 0]
    shares = scaled([given[place] for place in used], averages=method.averages)
    parts = [
        _Part.of(labels[place] if labels else f"part {place + 1}", listings[place], share)
        for place, share in zip(used, shares, strict=True)
    ]
    table = _Table.of(parts, method)
    hits = [table.hit(id, explain=explain) for id in table.best(limit)]
    return Ranking.ordered(listings[0].query, hits)[:limit]


@dataclass(frozen=True, slots=True)
class _Part:
    """One listing, its weight, and where its documents stand in it."""

    label: str
    listing: Listing
    weight: float
    places: dict[str, int]

    @classmethod
    def of(cls, label: str, listing: Listing, weight: float) -> _Part:
        places = {id: place for place, id in enumerate(listing.ids)}
        if len(places) != len(listing.ids):
            raise InvalidInput(f"{label}: a document occurs twice in the ranking")
        if not np.isfinite(listing.scores).all():
            raise InvalidInput(f"{label}: a score is not finite")
        return cls(label, listing, weight, places)

    def contributions(self, method: Fusion) -> tuple[NDArray[np.float64], float]:
        """What its documents contribute, and all others, before its weight."""
        # Rounded as the order is: what stands as equal must not be pulled apart.
        scores = kernels.six_digits(self.listing.scores)
        found, missing = method.contributions(scores) if len(scores) else (scores, 0.0)
        if not (np.isfinite(found).all() and np.isfinite(missing)):
            raise InvalidInput(f"fusion {method.name!r} made a value that is not finite")
        return found, missing


@dataclass(frozen=True, slots=True)
class _Table:
    """Contributions of every part to every document, float64 [parts, documents], and their sums."""

    parts: Sequence[_Part]
    method: Fusion
    columns: dict[str, int]
    contributions: NDArray[np.float64]
    scores: NDArray[np.float64]

    @classmethod
    def of(cls, parts: Sequence[_Part], method: Fusion) -> _Table:
        columns: dict[str, int] = {}
        places = [[columns.setdefault(id, len(columns)) for id in part.places] for part in parts]
        contributions = np.empty((len(parts), len(columns)))
        for row, part, mine in zip(contributions, parts, places, strict=True):
            found, row[:] = part.contributions(method)
            row[mine] = found
        weights = np.array([part.weight for part in parts])
        scores = kernels.total(contributions * weights[:, None])
        return cls(parts, method, columns, contributions, scores)

    def best(self, k: int | None) -> list[str]:
        """Documents that can be among the best ``k`` once scores are rounded."""
        ids = list(self.columns)
        if k is None or k >= len(ids):
            return ids
        if k == 0:
            return []
        cut = float(np.partition(self.scores, -k)[-k])
        bar = cut - ROUNDING - abs(cut) * 1e-12
        return [ids[column] for column in np.flatnonzero(self.scores >= bar).tolist()]

    def hit(self, id: str, *, explain: bool) -> Hit:
        """The document with its fused score."""
        seen = [part.listing.hit(part.places[id]) for part in self.parts if id in part.places]
        first = next((hit for hit in seen if hit.passage is not None), seen[0])
        score = float(self.scores[self.columns[id]])
        return replace(
            first, score=score, explanation=self._explanation(id, score) if explain else None
        )

    def _explanation(self, id: str, score: float) -> Explanation:
        values = self.contributions[:, self.columns[id]].tolist()
        parts = zip(self.parts, values, strict=True)
        return Explanation(
            score,
            f"{self.method.name}, sum over the parts",
            tuple(_contribution(part, id, value, self.method.formula) for part, value in parts),
        )


def _contribution(part: _Part, id: str, value: float, formula: str) -> Explanation:
    share = f"{part.label}: weight {part.weight:g} * {value:.6g}"
    if id not in part.places:
        why = "not among its hits" if part.places else "it found nothing"
        return Explanation(part.weight * value, f"{share}, {why}")
    place = part.places[id]
    hit = part.listing.hit(place)
    return Explanation(
        part.weight * value,
        f"{share}, {formula} at rank {place + 1} with score {hit.score:.6g}",
        () if hit.explanation is None else (hit.explanation,),
    )


def _check(listings: Sequence[Listing], labels: Sequence[str] | None) -> None:
    if not listings:
        raise InvalidInput("rankings is empty", hint="Give one ranking per part.")
    if labels is not None and len(labels) != len(listings):
        raise InvalidInput(f"labels has {len(labels)} names for {len(listings)} rankings")
    texts = {listing.query.text for listing in listings}
    if len(texts) > 1:
        raise InvalidInput("rankings are of different questions", hint="Fuse query by query.")
