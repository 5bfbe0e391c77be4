"""Make the golden segments of vectors version 1.

Run ``python -m tests.golden.dense_v1.make_dense_v1`` once, on the commit that fixes the version,
and never again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnemic.indexes.dense import DenseBatch, DenseSegment
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from mnemic.indexes.storage import Directory, FileEntry

VECTORS = [[3.0, 4.0, 0.0], [0.0, -0.5, 0.0], [0.0, 0.0, 0.0], [1.0, 2.0, -2.0]]
OWNERS = [0, 0, 2, 3]
DOCUMENTS = 5


def make(directory: Directory) -> tuple[FileEntry, FileEntry, FileEntry]:
    """Write passages for cosine and for distance, and whole documents for inner product."""
    vectors, owners = np.asarray(VECTORS, np.float32), np.asarray(OWNERS, np.int64)
    cosine = DenseSegment.build(DenseBatch(vectors, "cosine", owners, DOCUMENTS))
    distance = DenseSegment.build(DenseBatch(vectors, "l2", owners, DOCUMENTS))
    product = DenseSegment.build(DenseBatch(vectors, "ip"))
    return (
        cosine.save(directory, "cosine.dense"),
        distance.save(directory, "l2.dense"),
        product.save(directory, "ip.dense"),
    )


if __name__ == "__main__":
    make(FileDirectory(Path(__file__).parent))
