"""What is asked about the symbols that follow a context, of us and of a peer."""

from __future__ import annotations

import xxhash

CONTEXTS = (1, 2, 4, 8)
CHECKED_CONTEXT = 4
EXACT = 1000  # infini-gram counts what follows exactly up to so many occurrences


def next_digest(counts: dict[int, int]) -> str:
    """A checksum of symbols and their counts."""
    return xxhash.xxh3_64_hexdigest(repr(sorted(counts.items())).encode())
