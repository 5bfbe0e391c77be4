"""Sparse indexes that are wrong as real ones might be: they skip too much, or lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from tests.contracts.sparse_queries import DEFAULTS

from mnemic.indexes.sparse import Impact, SparseIndex
from mnemic.types import TopK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from tests.contracts.sparse_mirror import Mirror

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.sparse import BM25, TermBatch
    from mnemic.types import Explanation

BLOCK = 64


@dataclass(frozen=True)
class Block:
    """What is left of some documents: how good they are, and how good they are thought to be."""

    scores: NDArray[np.float64]
    ordinals: NDArray[np.int64]
    believed: NDArray[np.float64]
    """Scores by which the bound is reckoned; not those of the query when the bound is wrong."""
    places: NDArray[np.int64]


@dataclass(frozen=True)
class Pruning:
    """Skips blocks of 64 documents that cannot be among the best, as a true engine does.

    ``bound`` says how good a block is at most. Blocks are skipped when that is worse than the
    ``k``-th best, or as good where ``careless``, though a block may begin with a lower ordinal.
    """

    index: SparseIndex
    mirror: Mirror
    bound: Callable[[Block], float]
    careless: bool = False
    believe: Callable[[Mirror, BM25 | Impact], tuple[SparseIndex, BM25 | Impact]] | None = None

    def explain(self, queries: TermBatch, ordinal: int, *, scorer: BM25 | Impact) -> Explanation:
        return self.index.explain(queries, ordinal, scorer=scorer)

    def search(
        self,
        queries: TermBatch,
        k: int,
        *,
        scorer: BM25 | Impact,
        allowed: Sequence[Bitmap | None] | None = None,
    ) -> TopK:
        everything = self.index.search(queries, 1 << 20, scorer=scorer, allowed=allowed)
        other = everything
        if self.believe is not None:
            index, scorer = self.believe(self.mirror, scorer)
            other = index.search(queries, 1 << 20, scorer=scorer, allowed=allowed)
        rows = [self._row(everything, other, row, k) for row in range(len(everything))]
        return TopK(
            np.concatenate([scores for scores, _ in rows]),
            np.concatenate([ids for _, ids in rows]),
            np.cumsum([0, *(len(ids) for _, ids in rows)]),
        )

    def _row(
        self, everything: TopK, other: TopK, row: int, k: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        scores, ordinals = np.zeros(0), np.zeros(0, np.int64)
        for block in self._blocks(everything.row(row), other.row(row)):
            if k == 0 or (len(scores) == k and self._hopeless(block, scores[-1], ordinals[-1])):
                continue
            scores = np.append(scores, block.scores)
            ordinals = np.append(ordinals, block.ordinals)
            best = np.lexsort((ordinals, -scores))[:k]
            scores, ordinals = scores[best], ordinals[best]
        return scores, ordinals

    def _hopeless(self, block: Block, worst: float, ordinal: int) -> bool:
        bound = self.bound(block)
        return bound < worst or (
            bound == worst and (self.careless or bool(block.ordinals[0] > ordinal))
        )

    def _blocks(
        self,
        found: tuple[NDArray[np.float64], NDArray[np.int64]],
        other: tuple[NDArray[np.float64], NDArray[np.int64]],
    ) -> list[Block]:
        """The documents that match, segment after segment, block after block."""
        size, ordinals, blocks = len(self.mirror.ordinals), self.mirror.ordinals, []
        scores, believed = np.full(size, np.nan), np.zeros(size)
        scores[np.searchsorted(ordinals, found[1])] = found[0]
        believed[np.searchsorted(ordinals, other[1])] = other[0]
        for part in self.mirror.parts:
            for start in range(0, len(part.documents), BLOCK):
                inside = part.documents[start : start + BLOCK]
                places = np.flatnonzero(~np.isnan(scores[inside]))
                of = inside[places]
                if len(of):
                    blocks.append(Block(scores[of], ordinals[of], believed[of], places))
        return blocks


# --- bounds -----------------------------------------------------------------------------------


def right(block: Block) -> float:
    return float(block.scores.max())


def as_float32(block: Block) -> float:
    """Rounded to the nearest, so that it is too low half of the time."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.float32(block.scores.max()))


def cut_to_8_bits(block: Block) -> float:
    """Cut where it should be rounded up."""
    mantissa, exponent = np.frexp(block.scores.max())
    return float(np.ldexp(np.floor(mantissa * 256) / 256, exponent))


def without_the_last(block: Block) -> float:
    """Off by one: the last document of a block does not count."""
    inner = block.scores[block.places < BLOCK - 1]
    return float(inner.max(initial=0))


def without_the_first(block: Block) -> float:
    return float(block.scores[block.places > 0].max(initial=0))


def of_another_score(block: Block) -> float:
    """True of other parameters or statistics."""
    return float(block.believed.max())


def a_little_low(block: Block) -> float:
    """An upper bound that forgets how its own sum is rounded."""
    return float(np.nextafter(block.scores.max(), 0))


def default_parameters(mirror: Mirror, scorer: BM25 | Impact) -> tuple[SparseIndex, BM25 | Impact]:
    """Maxima for the default parameters, used for all."""
    return mirror.index(), scorer if isinstance(scorer, Impact) else DEFAULTS


def old_statistics(mirror: Mirror, scorer: BM25 | Impact) -> tuple[SparseIndex, BM25 | Impact]:
    """Maxima from before documents were deleted."""
    truth = replace(mirror.truth, live=np.ones_like(mirror.truth.live))
    return replace(mirror, truth=truth).index(), scorer


PRUNING: Mapping[str, Callable[[Mirror], Pruning]] = {
    "as float32": lambda mirror: Pruning(mirror.index(), mirror, as_float32),
    "cut to 8 bits": lambda mirror: Pruning(mirror.index(), mirror, cut_to_8_bits),
    "without the last": lambda mirror: Pruning(mirror.index(), mirror, without_the_last),
    "without the first": lambda mirror: Pruning(mirror.index(), mirror, without_the_first),
    "a little low": lambda mirror: Pruning(mirror.index(), mirror, a_little_low),
    "careless of ties": lambda mirror: Pruning(mirror.index(), mirror, right, careless=True),
    "of the default parameters": lambda mirror: Pruning(
        mirror.index(), mirror, of_another_score, believe=default_parameters
    ),
    "of old statistics": lambda mirror: Pruning(
        mirror.index(), mirror, of_another_score, believe=old_statistics
    ),
}
