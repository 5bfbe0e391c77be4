"""Whether clauses stand within so many characters, from places that are counted in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.ngram.matching import BytePattern, match
from mnemic.indexes.ngram.subset import locate_in
from mnemic.indexes.ngram.windows import Clause, distinct, within
from mnemic.retrieval.ngram.patterns import FIELD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnemic.indexes.ngram import NgramIndex
    from mnemic.indexes.ngram.conjunction import Joint
    from mnemic.indexes.ngram.located import Located

LONGEST = 4
"""Bytes of the longest character."""
_BYTES_AT_ONCE = 1 << 24


def near(index: NgramIndex, joint: Joint, window: int | None) -> NDArray[np.int64]:
    """Places of the driving clause that stand together with one of every other clause.

    Args:
        index: The snapshot.
        joint: The places of all clauses.
        window: Characters of one field; ``None`` for the whole document.

    Returns:
        int64 [m, clauses]: rows of the clauses' places, by the row of the driving clause.
    """
    if window is None:
        whole = [Clause(each.ordinals, each.starts, each.ends) for each in joint.clauses]
        return within(whole, driver=joint.driver, window=None)
    groups = _groups(index, joint)
    clauses = [
        Clause(group, each.starts, each.ends)
        for group, each in zip(groups, joint.clauses, strict=True)
    ]
    # So many bytes are never more characters, and so many characters never more than 4 times the
    # bytes: only what is between the two has to be counted in characters.
    sure = within(clauses, driver=joint.driver, window=window)
    perhaps = within(clauses, driver=joint.driver, window=LONGEST * window)
    driving = joint.clauses[joint.driver].ordinals
    open_rows = np.setdiff1d(perhaps[:, joint.driver], sure[:, joint.driver])
    doubtful = distinct(driving[open_rows])
    if not len(doubtful):
        return sure
    settled = sure[~np.isin(driving[sure[:, joint.driver]], doubtful)]
    counted = _in_characters(index, joint, groups, doubtful, window)
    rows = np.concatenate([settled, counted])
    return rows[np.argsort(rows[:, joint.driver])]


def _groups(index: NgramIndex, joint: Joint) -> list[NDArray[np.int64]]:
    """The field of every place: twice the ordinal, and one more behind the end of the title."""
    documents = joint.documents()
    between = [BytePattern([[(FIELD, 1)]])]
    ends = locate_in(index, between, match(index, between), documents, most=len(documents))
    limits = np.full(len(documents), np.iinfo(np.int64).max)
    limits[np.searchsorted(documents, ends.ordinals)] = ends.starts
    return [
        2 * each.ordinals + (each.starts > limits[np.searchsorted(documents, each.ordinals)])
        for each in joint.clauses
    ]


def _in_characters(
    index: NgramIndex,
    joint: Joint,
    groups: list[NDArray[np.int64]],
    documents: NDArray[np.int64],
    window: int,
) -> NDArray[np.int64]:
    """As ``near``, for some documents, by reading them."""
    rows = [np.flatnonzero(np.isin(each.ordinals, documents)) for each in joint.clauses]
    places = [each.take(mine) for each, mine in zip(joint.clauses, rows, strict=True)]
    lengths = np.zeros(len(documents), np.int64)
    for each in places:
        np.maximum.at(lengths, np.searchsorted(documents, each.ordinals), each.ends)
    counted = _characters(index, documents, lengths, places)
    clauses = [
        Clause(group[mine], *at) for group, mine, at in zip(groups, rows, counted, strict=True)
    ]
    found = within(clauses, driver=joint.driver, window=window)
    return np.stack([mine[column] for mine, column in zip(rows, found.T, strict=True)], axis=1)


def _characters(
    index: NgramIndex,
    documents: NDArray[np.int64],
    lengths: NDArray[np.int64],
    clauses: list[Located],
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Starts and ends in characters of the whole document; some megabytes of text at once."""
    counted = [(each.starts.copy(), each.ends.copy()) for each in clauses]
    batches = np.cumsum(lengths) // _BYTES_AT_ONCE
    for number in np.unique(batches):
        mine = np.flatnonzero(batches == number)
        texts = index.extract(documents[mine], np.zeros(len(mine), np.int64), lengths[mine])
        before = np.zeros(len(texts.symbols) + 1, np.int32)
        np.cumsum(texts.symbols & 0xC0 != 0x80, out=before[1:])
        for each, offsets in zip(clauses, counted, strict=True):
            inside = np.flatnonzero(np.isin(each.ordinals, documents[mine]))
            begins = texts.offsets[np.searchsorted(documents[mine], each.ordinals[inside])]
            for values in offsets:
                values[inside] = before[begins + values[inside]] - before[begins]
    return counted
