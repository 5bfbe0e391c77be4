"""A constraint over a finite set of sequences, which checks how it is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Sequence: TypeAlias = "tuple[int, ...]"


@dataclass
class Trie:
    """Allows exactly the prefixes of ``sequences``; a complete one leaves nothing, so it ends.

    Args:
        sequences: The sequences, none of them a prefix of another.
        vocabulary: Width of the masks.
        end: When given, a complete sequence allows this end-of-sequence token and nothing else.
    """

    sequences: frozenset[Sequence]
    vocabulary: int
    end: int | None = None
    calls: list[NDArray[np.int64]] = field(default_factory=list)

    def __call__(self, tokens: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.bool_]:
        """The allow-mask, after checking tokens and parents against the call before."""
        self._check(tokens, parents)
        self.calls.append(tokens.copy())
        masks = [self._mask(tuple(row)) for row in tokens.tolist()]
        return np.stack(masks) if masks else np.zeros((0, self.vocabulary), dtype=np.bool_)

    def allows(self, sequence: Sequence) -> bool:
        """Whether a sequence is one of the trie or the beginning of one."""
        return any(known[: len(sequence)] == sequence for known in self.sequences)

    def _mask(self, prefix: Sequence) -> NDArray[np.bool_]:
        mask = np.zeros(self.vocabulary, dtype=np.bool_)
        step = len(prefix)
        longer = [known for known in self.sequences if known[:step] == prefix and len(known) > step]
        mask[[known[step] for known in longer]] = True
        if self.end is not None and prefix in self.sequences:
            mask[self.end] = True
        return mask

    def _check(self, tokens: NDArray[np.int64], parents: NDArray[np.int64]) -> None:
        step = len(self.calls)
        assert tokens.dtype == parents.dtype == np.int64
        assert tokens.shape[1:] == (step,), "one call a step, with all tokens so far"
        if step == 0:
            assert len(parents) == 0, "step 0 has no parents"
            return
        before = self.calls[-1]
        assert parents.shape == (len(tokens),), "one parent a beam"
        assert ((parents >= 0) & (parents < len(before))).all(), "parents are rows of the last call"
        np.testing.assert_array_equal(
            tokens[:, :-1], before[parents], "a beam continues its parent"
        )
        for row in tokens.tolist():
            assert self.allows(tuple(row)), "only allowed tokens are taken"


def trie(sequences: Iterable[Sequence], vocabulary: int, *, end: int | None = None) -> Trie:
    """A trie over the sequences, leaving out those that another one continues."""
    given = set(sequences)
    shorter = {other[:cut] for other in given for cut in range(len(other))}
    return Trie(frozenset(given - shorter), vocabulary, end)
