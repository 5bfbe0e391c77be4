"""``fm-index``: a wavelet matrix over code points, in Rust; strings in, no batches, no files."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from bench.ngram.texts import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.ngram.texts import Text


class Engine:
    """``FMIndex`` over all documents as one string.

    ``MultiFMIndex``, which knows documents, did not end its build of 100 MB in 200 s.
    """

    children = False
    across = "one string: U+001E stands between documents, so no pattern here crosses them"
    built = "wavelet matrix and samples over code points"

    def prepare(self, text: Text, folder: Path) -> None:
        self._file = folder / "index.pickle"
        self._text = SEPARATOR.join(item.decode() for item in text.items())

    def build(self, threads: int) -> None:
        import fm_index

        # Its thread pool takes the cores that this process may use.
        self._index: Any = fm_index.FMIndex(self._text)

    def save(self) -> int:
        with self._file.open("wb") as file:
            pickle.dump(self._index, file, pickle.HIGHEST_PROTOCOL)
        return self._file.stat().st_size

    def open(self) -> bool:
        # Its only file is a pickle, and mnemic loads none, not even this one.
        return False

    def needles(self, patterns: NDArray[Any]) -> Sequence[str]:
        return [pattern.tobytes().decode() for pattern in patterns]

    def count(self, needle: str) -> int:
        return int(self._index.count(needle))

    def locate(self, needle: str, limit: int) -> int:
        # All of them at once: that is its parallel way, and faster than one after the other.
        return len(self._index.locate(needle))
