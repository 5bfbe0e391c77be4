"""The index as a constraint of generation: only what occurs in the collection can be written.

As SEAL constrains its beams (Bevilacqua et al., NeurIPS 2022, "FM-index": constrained decoding),
with one difference in cost: every beam keeps its state of the index, so a step extends all beams by
one token in one call instead of searching their n-grams anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.states import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex, Ranges
    from mnemic.llm.protocols import Generation
    from mnemic.retrieval.ngram.aggregation import Floats, Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """What beams held at any step.

    Attributes:
        tokens: The n-grams, all different.
        ranges: Their states of the index.
        log_probabilities: float64 [n-grams], where the model told them.
    """

    tokens: list[tuple[int, ...]]
    ranges: Ranges
    log_probabilities: Floats | None


@dataclass(slots=True, eq=False)
class Occurring:
    """Allows the tokens with which an n-gram goes on in the collection; for one generation.

    Attributes:
        index: The token-level index; its last symbol is the boundary between title and text.
        vocabulary: Width of the model's masks.
        end: The model's end-of-sequence token.
        titles: Begin where documents begin, and let the model end where their titles do.
        stop_at: An n-gram that occurs so often or less is complete; 0 for none.
    """

    index: NgramIndex
    vocabulary: int
    end: int
    titles: bool = False
    stop_at: int = 0
    _states: list[Ranges] = field(default_factory=list)
    _tokens: list[Numbers] = field(default_factory=list)
    _scores: list[Floats] = field(default_factory=list)

    def scored(self, log_probabilities: Floats) -> None:
        """How likely the beams of the next call are: see ``mnemic.llm.protocols``."""
        self._scores.append(log_probabilities)

    def __call__(self, tokens: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.bool_]:
        """The mask of the next step: see ``mnemic.llm.protocols.Constraint``."""
        if not self._states:
            ranges = self.index.anchored(1, "document") if self.titles else self.index.root(1)
        else:
            ranges = self.index.extend(self._states[-1], tokens[:, -1], parents)
        self._states.append(ranges)
        self._tokens.append(tokens.copy())
        return self._masks(ranges)

    def written(self, generations: Sequence[Generation]) -> Partial:
        """All n-grams of all steps.

        Args:
            generations: What came of it: about the last step a constraint is never asked.
        """
        rows = [tuple(row) for tokens in self._tokens for row in tokens.tolist()]
        before = {row: place for place, row in enumerate(rows)}
        longer = {tuple(each.tokens.tolist()): each.log_probability for each in generations}
        longer = {row: score for row, score in longer.items() if row and row not in before}
        states = join(self._states)
        parents = np.array([before[row[:-1]] for row in longer], np.int64)
        last = self.index.extend(states, np.array([row[-1] for row in longer], np.int64), parents)
        scores = None
        if len(self._scores) == len(self._tokens):
            scores = np.concatenate([*self._scores, list(longer.values())])[1:]
        # Row 0 is the empty beginning.
        kept = np.arange(1, len(rows) + len(longer))
        return Partial([*rows[1:], *longer], join([states, last]).take(kept), scores)

    def _masks(self, ranges: Ranges) -> NDArray[np.bool_]:
        allowed = self.index.masks(ranges)
        boundary = self.index.vocabulary - 1
        masks = np.zeros((len(ranges), self.vocabulary), np.bool_)
        width = min(boundary, self.vocabulary)
        masks[:, :width] = allowed[:, :width]
        # Special tokens of a text are characters, so this one stands for the end alone.
        masks[:, self.end] = allowed[:, boundary] if self.titles else False
        if self.stop_at and len(self._states) > 1:
            masks[self.index.totals(ranges) <= self.stop_at] = False
        return masks
