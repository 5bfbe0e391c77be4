"""The golden segments of postings version 1, from the arrays that it wrote.

No mnemic writes this version any more: the files beside it must open for ever.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mnemic.indexes.storage import write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.indexes.storage import Directory, FileEntry

TOKENS = [[b"b", b"a", b"b"], [], [b"\xff\x00", b"b"], ["天気".encode(), b"a"]]
FREQUENCIES = {
    b"a": {0: 1, 3: 1},
    b"b": {0: 2, 2: 1},
    "天気".encode(): {3: 1},
    b"\xff\x00": {2: 1},
}
WEIGHTS = {b"x": {0: 1.0}, b"y": {1: 3.0}, b"z": {0: 0.75, 2: 2.0}}


def arrays(
    lists: Mapping[bytes, Mapping[int, float]],
    lengths: Sequence[int],
    value: Literal["frequencies", "impacts"] = "frequencies",
) -> dict[str, NDArray[Any]]:
    """The arrays of version 1; ``lists`` holds sorted terms with their values by document."""
    values = [number for each in lists.values() for number in each.values()]
    return {
        "terms": np.frombuffer(b"".join(lists), np.uint8),
        "term_offsets": np.asarray([*accumulate(map(len, lists), initial=0)], np.int64),
        "list_offsets": np.asarray([*accumulate(map(len, lists.values()), initial=0)], np.int64),
        "documents": np.asarray([place for each in lists.values() for place in each], np.uint32),
        value: np.asarray(values, np.uint32 if value == "frequencies" else np.float32),
        "lengths": np.asarray(lengths, np.uint32),
    }


def write(directory: Directory, name: str, held: Mapping[str, NDArray[Any]]) -> FileEntry:
    """Write arrays as version 1 did."""
    return write_arrays(directory, name, kind="sparse", arrays=held, settings={"version": 1})


def make(directory: Directory) -> tuple[FileEntry, FileEntry]:
    """Write one segment of tokens and one of weights."""
    tokens = arrays(FREQUENCIES, [len(row) for row in TOKENS])
    weights = arrays(WEIGHTS, [2, 1, 1], "impacts")
    return (
        write(directory, "tokens.sparse", tokens),
        write(directory, "weights.sparse", weights),
    )
