"""``infini-gram``: a suffix array on disk beside the text, built by its own Rust program."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.ngram.texts import Text

MEMORY_GIB = 8


class Engine:
    """Its engine over bytes (``u8``) or token ids (``u16``).

    Its own first step (text to symbols, which loads transformers) is left out; the files that it
    would leave are written here, so that only the building of the index is measured.
    """

    children = True
    across = "a byte 0xFF (an id 0xFFFF for tokens) stands before each document: nothing crosses"
    built = "suffix array on disk beside the text"
    kind = "u8"

    def prepare(self, text: Text, folder: Path) -> None:
        self.prepare_symbols(text.symbols, text.offsets, folder)

    def prepare_symbols(
        self, symbols: NDArray[Any], offsets: NDArray[np.int64], folder: Path
    ) -> None:
        """Symbols of any width; what ``prepare`` does for bytes."""
        self._folder = folder
        self.kind = f"u{8 * symbols.itemsize}"
        marker = np.iinfo(symbols.dtype).max
        np.insert(symbols, offsets[:-1], marker).tofile(folder / "tokenized.0")
        starts = offsets[:-1] + np.arange(len(offsets) - 1)
        (starts * symbols.itemsize).astype(np.uint64).tofile(folder / "offset.0")

    def build(self, threads: int) -> None:
        folder = str(self._folder)
        command = [sys.executable, "-m", "infini_gram.indexing", "--data_dir", folder]
        command += ["--temp_dir", folder, "--save_dir", folder, "--token_dtype", self.kind]
        command += ["--cpus", str(threads), "--mem", str(MEMORY_GIB), "--ulimit", "4096"]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode or not (self._folder / "table.0").exists():
            raise RuntimeError(f"its builder failed: {result.stdout[-500:]} {result.stderr[-500:]}")

    def save(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob("*.0"))

    def open(self) -> bool:
        from infini_gram.engine import InfiniGramEngine

        # Its arguments must be below the marker between documents; they do not bear on counts.
        marker = 0xFF if self.kind == "u8" else 0xFFFF
        self._end = marker - 1
        self._engine: Any = InfiniGramEngine(
            [str(self._folder)], eos_token_id=self._end, vocab_size=marker, token_dtype=self.kind
        )
        return True

    def needles(self, patterns: NDArray[Any]) -> Sequence[list[int]]:
        rows: list[list[int]] = patterns.tolist()
        return rows

    def count(self, needle: list[int]) -> int:
        return int(self._engine.count(needle)["count"])

    def locate(self, needle: list[int], limit: int) -> int:
        [(begin, end)] = self._engine.find(needle)["segment_by_shard"]
        end = min(end, begin + limit)
        for rank in range(begin, end):
            self._engine.get_doc_by_rank(s=0, rank=rank, max_disp_len=1)
        return int(end - begin)

    def next_symbols(self, context: list[int]) -> dict[int, int]:
        """What follows a context and how often, sampled where it follows over 1,000 times."""
        found = self._engine.ntd(context)["result_by_token_id"]
        return {symbol: row["cont_cnt"] for symbol, row in found.items() if symbol < self._end}
