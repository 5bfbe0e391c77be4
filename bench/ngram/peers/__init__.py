"""Public engines behind one face; each lives in a process of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.ngram.texts import Text

PEERS = ("fm-index", "infini-gram", "pydivsufsort")


class Peer(Protocol):
    """What a measurement asks of an engine.

    Attributes:
        children: Whether its build starts processes, whose memory is then its memory.
        across: What it takes for a match that crosses from one document to the next.
        built: What its build makes.
    """

    children: bool
    across: str
    built: str

    def prepare(self, text: Text, folder: Path) -> None:
        """Bring the text into the form that it takes; not measured."""
        ...

    def build(self, threads: int) -> None:
        """Make the index, in memory or on disk."""
        ...

    def save(self) -> int:
        """Write what is not written yet; the bytes on disk that searching needs."""
        ...

    def open(self) -> bool:
        """Open what was saved; False where nothing can be, and what was built stays in use."""
        ...

    def needles(self, patterns: NDArray[Any]) -> Sequence[Any]:
        """Patterns, symbols [n, length], in the form that it takes; not measured."""
        ...

    def count(self, needle: Any) -> int:
        """Occurrences."""
        ...

    def locate(self, needle: Any, limit: int) -> int:
        """Find where occurrences are, at most ``limit`` where it can stop; how many those were."""
        ...


def peer(name: str) -> Peer:
    """An engine by the name of its package."""
    module = importlib.import_module(f"bench.ngram.peers.{name.replace('-', '_')}")
    found: Peer = module.Engine()
    return found
