"""Make the golden segments of postings version 2.

Run ``python -m tests.golden.sparse_v2.make_sparse_v2`` once, on the commit that fixes the version,
and never again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.contracts.sparse_oracle import weighted_batch

from mnemic.indexes.sparse import SparseSegment, TermBatch
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from tests.contracts.sparse_oracle import Vector

    from mnemic.indexes.storage import Directory, FileEntry

DOCUMENTS = 300
LONG = 70_000
"""Tokens of a document whose length takes more than two bytes."""


def tokens(number: int) -> list[bytes]:
    """Lists of two blocks and a tail, of one and a tail, of a tail; 40 terms of which many share
    their beginnings."""
    row = [b"all"] * (1 + number * number % 7) + [b"half"] * (number % 2 * (1 + number % 300))
    if number % 5 == 0:
        row += [b"tail"] * (1 + number // 50)
    ending = b"and then an ending" if number % 3 == 0 else b""
    return [*row, b"term %02d" % (number % 20), b"a long beginning %02d" % (number % 20) + ending]


def vector(number: int) -> Vector:
    """The same kinds of lists, with weights that float32 holds as they are."""
    weights = [(b"all", (1 + number * 37 % 101) / 8), (b"term %02d" % (number % 20), 1.5)]
    if number % 2:
        weights.append((b"half", 1 / 1024 if number % 4 == 1 else 65_536.0))
    if number % 5 == 0:
        weights.append((b"tail", 0.25 + number))
    return tuple(weights)


TOKENS = [[], *map(tokens, range(DOCUMENTS))]
VECTORS = [vector(number) for number in range(DOCUMENTS)]
LENGTHY = [[b"a", b"b"], [b"b"] * LONG, [b"a"]]


def make(directory: Directory) -> dict[str, FileEntry]:
    """Write a segment of tokens, one of weights, and one with a very long document."""
    batches = {
        "tokens.sparse": TermBatch.from_tokens(TOKENS),
        "weights.sparse": weighted_batch(VECTORS),
        "lengthy.sparse": TermBatch.from_tokens(LENGTHY),
    }
    return {
        name: SparseSegment.build(batch).save(directory, name) for name, batch in batches.items()
    }


if __name__ == "__main__":
    make(FileDirectory(Path(__file__).parent))
