"""What an evaluated index cost, apart for words and each kind of vectors, and kept beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from mnemic.errors import Conflict
from mnemic.eval.files import typed_errors, write_atomically
from mnemic.eval.report import Indexing

if TYPE_CHECKING:
    from collections.abc import Collection as Container
    from pathlib import Path

    from mnemic.retrieval.collections import CollectionStats

MARK = "index.json"
NGRAM = "ngram"
"""The role of the index of substrings, and how its retrievers are called."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What making an index cost.

    Attributes:
        words: Adding the documents; they are found by their words then, and by substrings, whose
            bytes stand apart.
        vectors: Encoding them, by role. Seconds are those of all runs that it took.
        substrings: Bytes of the index of substrings.
    """

    words: Indexing
    vectors: dict[str, Indexing] = field(default_factory=dict)
    substrings: int = 0

    def of(self, roles: Container[str]) -> Indexing:
        """What a retriever needed that asks these vectors."""
        parts = [self.words, *(made for role, made in self.vectors.items() if role in roles)]
        return Indexing(
            self.words.documents,
            sum(part.seconds for part in parts),
            sum(part.bytes for part in parts) + (self.substrings if NGRAM in roles else 0),
            max(part.peak_rss_bytes for part in parts),
        )


def added(stats: CollectionStats, seconds: float = 0.0, peak_rss_bytes: int = 0) -> Costs:
    """What adding the documents of a collection has cost, without vectors and tokens."""
    others = [*(item.bytes for item in stats.encoders), *(item.bytes for item in stats.tokens)]
    words = stats.bytes - stats.ngram_bytes - sum(others)
    made = Indexing(stats.documents, seconds, words, peak_rss_bytes)
    return Costs(made, substrings=stats.ngram_bytes)


def ready(folder: Path, key: str) -> Indexing | None:
    """What making the index cost, when the folder holds one of these documents."""
    costs = kept(folder, key)
    return costs.words if costs else None


def kept(folder: Path, key: str) -> Costs | None:
    """What an earlier run noted of an index with this key; its vectors may be incomplete."""
    try:
        found = json.loads((folder / MARK).read_bytes())
        if found.get("key") != key:
            return None
        vectors = {role: Indexing(**made) for role, made in found.get("vectors", {}).items()}
        return Costs(Indexing(**found["indexing"]), vectors, int(found.get("substrings", 0)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # No usable mark means no complete index: it is made again, which is always right.
        return None


def mark(folder: Path, content: dict[str, object]) -> None:
    """Say in the folder that an evaluation made it, and what it holds."""
    write_atomically(folder / MARK, [json.dumps(content).encode()])


def keep(folder: Path, key: str, costs: Costs, *, complete: bool) -> None:
    """Note what an index cost so far, so that a later run can go on with it."""
    vectors = {role: asdict(made) for role, made in costs.vectors.items()}
    parts = {"indexing": asdict(costs.words), "substrings": costs.substrings, "vectors": vectors}
    mark(folder, {"complete": complete, "key": key, **parts})


def clear(folder: Path) -> None:
    """Remove an older index.

    Raises:
        Conflict: The folder holds something that no evaluation made.
    """
    import shutil

    if not folder.exists():
        return
    if any(folder.iterdir()) and not (folder / MARK).exists():
        raise Conflict(f"{folder} holds something else", hint="use another --out")
    with typed_errors(folder):
        shutil.rmtree(folder)
