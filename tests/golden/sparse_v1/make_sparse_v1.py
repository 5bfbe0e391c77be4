"""Make the golden segments of postings version 1.

Run ``python -m tests.golden.sparse_v1.make_sparse_v1`` once, on the commit that fixes the version,
and never again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.sparse import SparseSegment, TermBatch
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from mnemic.indexes.storage import Directory, FileEntry

TOKENS = [[b"b", b"a", b"b"], [], [b"\xff\x00", b"b"], ["天気".encode(), b"a"]]
WEIGHTS = [0.5, 1.0, 0.25, 3.0, 0.0, 2.0]


def make(directory: Directory) -> tuple[FileEntry, FileEntry]:
    """Write one segment of tokens and one of weights."""
    weighted = TermBatch(
        [b"x", b"y", b"z"],
        np.asarray([0, 3, 4, 6], np.int64),
        np.asarray([2, 0, 2, 1, 1, 2], np.uint32),
        np.asarray(WEIGHTS, np.float32),
    )
    tokens = SparseSegment.build(TermBatch.from_tokens(TOKENS))
    return (
        tokens.save(directory, "tokens.sparse"),
        SparseSegment.build(weighted).save(directory, "weights.sparse"),
    )


if __name__ == "__main__":
    make(FileDirectory(Path(__file__).parent))
