"""N-grams one word longer: every state through every spelling of the word that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.retrieval.ngram.states import States, matching
from mnemic.retrieval.ngram.words import JOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.retrieval.ngram.asked import Unit
    from mnemic.retrieval.ngram.words import Numbers

_JOINTS = np.frombuffer(JOINTS.encode(), np.uint8)


class Lengthening:
    """Goes on with n-grams by one word."""

    def __init__(
        self, index: NgramIndex, units: Sequence[Unit], spellings: list[list[bytes]]
    ) -> None:
        self._index = index
        self._units = units
        self.spellings = spellings

    def extend(self, states: States, steps: Sequence[tuple[int, int, int]]) -> States:
        """The states of longer n-grams.

        Args:
            states: Of the n-grams of one word less.
            steps: Whose states go on, with which unit, and what the new n-gram is called.
        """
        rows = rows_by_owner(states)
        spaced = [step for step in steps if not self._units[step[1]].paired]
        paired = [step for step in steps if self._units[step[1]].paired]
        after = self._joints(states, np.unique([rows_of for rows_of, _, _ in spaced]), rows)
        parts = [
            self._spell(after, rows_by_owner(after), spaced),
            self._spell(states, rows, paired),
        ]
        return States.joined(parts)

    def _joints(self, states: States, owners: Numbers, rows: dict[int, Numbers]) -> States:
        """The states after every character that may stand between two words."""
        chosen = concatenated(rows[owner] for owner in owners.tolist())
        parents = np.repeat(chosen, len(_JOINTS))
        return _extended(self._index, states, np.tile(_JOINTS, len(chosen)), parents)

    def _spell(
        self, states: States, rows: dict[int, Numbers], steps: Sequence[tuple[int, int, int]]
    ) -> States:
        """Each state through each spelling of the word that it goes on with."""
        begun, names, texts = [], list[int](), list[bytes]()
        for owner, unit, name in steps:
            mine = rows.get(owner)
            if mine is None:
                continue
            spellings = self._texts(unit)
            begun.append(np.repeat(mine, len(spellings)))
            names += [name] * (len(mine) * len(spellings))
            texts += spellings * len(mine)
        live = states.take(concatenated(begun))
        live = States(live.ranges, np.arange(len(texts), dtype=np.int64), live.lengths)
        done = _through(self._index, live, texts)
        return States(done.ranges, np.array(names, np.int64)[done.owners], done.lengths)

    def _texts(self, unit: int) -> list[bytes]:
        one = self._units[unit]
        return [one.tail.encode()] if one.paired else self.spellings[unit]


def _through(index: NgramIndex, states: States, texts: Sequence[bytes]) -> States:
    """State ``i`` through all bytes of ``texts[owners[i]]``."""
    lengths = np.array([len(text) for text in texts], np.int64)
    width = int(lengths.max(initial=0))
    spelled = np.frombuffer(b"".join(text.ljust(width) for text in texts), np.uint8)
    spelled = spelled.reshape(len(texts), width)
    arrived = [states.take(lengths[states.owners] == 0)]
    states = states.take(lengths[states.owners] > 0)
    for place in range(width):
        symbols, every = spelled[states.owners, place], np.arange(len(states), dtype=np.int64)
        states = _extended(index, states, symbols, every)
        ended = lengths[states.owners] == place + 1
        arrived.append(states.take(ended))
        states = states.take(~ended)
        if not len(states):
            break
    return States.joined(arrived)


def _extended(
    index: NgramIndex,
    states: States,
    symbols: NDArray[np.uint8],
    parents: Numbers,
) -> States:
    """Row ``j`` continues ``parents[j]``; what matches nothing goes."""
    ranges = index.extend(states.ranges, symbols, parents)
    longer = States(ranges, states.owners[parents], states.lengths[parents] + 1)
    return longer.take(matching(ranges))


def rows_by_owner(states: States) -> dict[int, Numbers]:
    """The states of each owner."""
    order = np.argsort(states.owners, kind="stable")
    owners, starts = np.unique(states.owners[order], return_index=True)
    return (
        dict(zip(owners.tolist(), np.split(order, starts[1:]), strict=True)) if len(order) else {}
    )


def concatenated(parts: Iterable[Numbers]) -> Numbers:
    """Numbers one after the other, of any number of parts."""
    return np.concatenate([np.zeros(0, np.int64), *parts])
