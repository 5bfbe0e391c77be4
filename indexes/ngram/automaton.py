"""Patterns with alternatives as one graph of bytes, which a search walks a byte at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from mnemic.errors import InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram.batch import SymbolBatch

Alternatives: TypeAlias = Sequence[Sequence[tuple[bytes, int]]]
"""A pattern: at every position the byte strings that may stand there, and how many positions
each one fills (1, or more where one string stands for several positions)."""

MOST_BYTES = 1 << 18
"""Bytes of the alternatives of one pattern; its graph takes a few hundred bytes of memory each."""


@dataclass(frozen=True, slots=True)
class Automaton:
    """Deterministic graphs of bytes, one a pattern; every string is spelled by one path at most.

    Node ``i`` owns ``offsets[i]:offsets[i + 1]`` of ``symbols`` and ``targets``.

    Attributes:
        offsets: int64 [nodes + 1].
        symbols: uint8 [edges].
        targets: int64 [edges], the node that each edge leads to.
        first: int64 [patterns], where each pattern begins.
        last: bool [nodes], whether a pattern is complete there; such a node has no edges.
    """

    offsets: NDArray[np.int64]
    symbols: NDArray[np.uint8]
    targets: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.bool_]

    @classmethod
    def of(cls, patterns: Sequence[Alternatives]) -> Self:
        """The graphs of patterns; O(bytes of all their alternatives).

        Raises:
            InvalidInput: A pattern has no position, or an alternative is empty, leads beyond the
                end, or begins with another one of its position.
            LimitExceeded: A pattern's alternatives have more than ``MOST_BYTES``.
        """
        building = _Building()
        first = [building.add(pattern) for pattern in patterns]
        edges = building.edges
        offsets = np.zeros(len(edges) + 1, np.int64)
        np.cumsum([len(node) for node in edges], out=offsets[1:])
        symbols = np.fromiter(chain.from_iterable(edges), np.uint8, count=int(offsets[-1]))
        targets = chain.from_iterable(node.values() for node in edges)
        last = np.zeros(len(edges), np.bool_)
        last[building.last] = True
        return cls(
            offsets,
            symbols,
            np.fromiter(targets, np.int64, count=int(offsets[-1])),
            np.array(first, np.int64),
            last,
        )

    @staticmethod
    def of_strings(strings: SymbolBatch) -> Automaton:
        """One pattern of one position, of any number of short byte strings.

        O(strings * longest), some 100 ns each, and no more memory than a few times that.

        Args:
            strings: One or more in ascending order; none is empty or begins with another one.
        """
        lengths = np.diff(strings.offsets)
        columns = np.arange(lengths.max())
        places = np.minimum(strings.offsets[:-1, None] + columns, len(strings.symbols) - 1)
        return _tree(strings.symbols[places], lengths)


def _tree(rows: NDArray[np.uint8], lengths: NDArray[np.int64]) -> Automaton:
    """The graph of ordered strings, padded to uint8 [strings, longest], from node 0 to node 1."""
    nodes, made = np.zeros(len(rows), np.int64), 2
    edges: list[tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]] = []
    for column in range(rows.shape[1]):
        going = np.flatnonzero(lengths > column)
        sources, symbols = nodes[going], rows[going, column]
        fresh = np.ones(len(going), np.bool_)
        fresh[1:] = (sources[1:] != sources[:-1]) | (symbols[1:] != symbols[:-1])
        inner = fresh & (lengths[going] > column + 1)
        nodes[going] = np.where(lengths[going] > column + 1, made - 1 + np.cumsum(inner), 1)
        made += int(inner.sum())
        edges.append((sources[fresh], symbols[fresh], nodes[going][fresh]))
    sources, symbols, targets = (np.concatenate(part) for part in zip(*edges, strict=True))
    offsets = np.zeros(made + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=made), out=offsets[1:])
    order = np.lexsort((symbols, sources))
    first, last = np.zeros(1, np.int64), np.arange(made) == 1
    return Automaton(offsets, symbols[order], targets[order], first, last)


class _Building:
    def __init__(self) -> None:
        self.edges: list[dict[int, int]] = []
        self.last: list[int] = []

    def add(self, pattern: Alternatives) -> int:
        """Append one pattern's graph; returns its first node."""
        positions = len(pattern)
        if not positions:
            raise InvalidInput("pattern has no position")
        size = sum(len(string) for alternatives in pattern for string, _ in alternatives)
        if size > MOST_BYTES:
            raise LimitExceeded(
                f"pattern has {size} bytes in its alternatives; at most {MOST_BYTES} are matched",
                hint="a pattern that matches case and has no anchors may be of any length",
            )
        first = len(self.edges)
        self.edges.extend({} for _ in range(positions + 1))
        for place, alternatives in enumerate(pattern):
            for string, width in alternatives:
                if not string or not 1 <= width <= positions - place:
                    raise InvalidInput(
                        f"alternative {string!r:.40} at position {place} is empty, or fills "
                        f"{width} of {positions - place} positions"
                    )
                self._insert(first + place, string, first + place + width, last=first + positions)
        self.last.append(first + positions)
        return first

    def _insert(self, node: int, string: bytes, target: int, *, last: int) -> None:
        """One alternative; those of one position share their beginnings."""
        for symbol in string[:-1]:
            following = self.edges[node].setdefault(symbol, len(self.edges))
            if following == len(self.edges):
                self.edges.append({})
            if following <= last:
                raise _ambiguous(string)
            node = following
        if self.edges[node].setdefault(string[-1], target) != target:
            raise _ambiguous(string)


def _ambiguous(string: bytes) -> InvalidInput:
    # Counts add up over paths, so that no occurrence may be spelled twice.
    return InvalidInput(f"alternative {string!r:.40} and another begin one with the other")
