"""The texts that every system indexes, prepared once and read by each child process.

A text of N MB is the first N million bytes of the documents, whole documents only. Where there are
fewer, they are repeated, and every repetition has one in 32 of its lowercase letters exchanged with
others of the same repetition, drawn with a seed: real words remain, long repeats do not.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xxhash

from bench.corpus import documents, folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SEED = 20261121
EXCHANGED = 32
FORMAT = 2
# No text may hold it: fm-index has no documents, so this stands between them.
SEPARATOR = "\x1e"


@dataclass(frozen=True, slots=True)
class Text:
    """Documents one after the other.

    Attributes:
        symbols: uint8 [bytes], UTF-8, mapped.
        offsets: int64 [documents + 1].
        facts: Where it came from.
    """

    symbols: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    facts: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """A prepared text."""
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        symbols = np.memmap(folder / "text.u8", np.uint8, "r")
        return cls(symbols, np.fromfile(folder / "offsets.i64", np.int64), facts)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def items(self) -> Iterator[bytes]:
        """The documents one by one."""
        for begin, end in pairwise(self.offsets):
            yield self.symbols[begin:end].tobytes()


def of_sets(names: Sequence[str]) -> Iterator[bytes]:
    """The texts of data sets, without titles."""
    return (item.text.encode() for item in documents(folders(names), None) if item.text)


def of_file(path: Path) -> Iterator[bytes]:
    """The lines of a UTF-8 file: each is a document."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        yield from (line.rstrip("\n").encode() for line in lines if line != "\n")


def prepare(items: Iterator[bytes], size: int, folder: Path, *, source: str) -> Text:
    """The text of about ``size`` bytes; one that is there already is used again.

    Raises:
        ValueError: There are no documents, or one holds the separator.
    """
    asked = {"source": source, "size": size, "seed": SEED, "format": FORMAT}
    if (folder / "facts.json").exists() and Text.open(folder).facts["asked"] == asked:
        return Text.open(folder)
    symbols, lengths, whole = _taken(items, size)
    if (symbols == ord(SEPARATOR)).any():
        raise ValueError(f"{source} holds U+{ord(SEPARATOR):04X}, which separates documents here")
    copies = 1
    if whole:
        symbols, lengths, copies = _repeated(symbols, lengths, size)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    symbols.tofile(folder / "text.u8")
    np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64).tofile(folder / "offsets.i64")
    facts = {
        "asked": asked,
        "bytes": len(symbols),
        "documents": len(lengths),
        "copies": copies,
        "digest": xxhash.xxh3_64_hexdigest(symbols.tobytes()),
    }
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    return Text.open(folder)


def exchanged(symbols: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
    """A copy in which one of 32 lowercase ASCII letters changed places with others."""
    copy = symbols.copy()
    letters = np.flatnonzero((copy >= ord("a")) & (copy <= ord("z")))
    chosen = letters[draw.random(len(letters)) < 1 / EXCHANGED]
    copy[chosen] = draw.permutation(copy[chosen])
    return copy


def _taken(items: Iterator[bytes], size: int) -> tuple[NDArray[np.uint8], NDArray[np.int64], bool]:
    """Symbols, lengths, and whether those were all documents."""
    parts: list[bytes] = []
    total, whole = 0, True
    for item in items:
        if total + len(item) > size:
            whole = False
            break
        parts.append(item)
        total += len(item)
    if not parts:
        raise ValueError("there are no documents to index, or the first is larger than the text")
    lengths = np.array([len(part) for part in parts], np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), lengths, whole


def _repeated(
    symbols: NDArray[np.uint8], lengths: NDArray[np.int64], size: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    """The documents again and again up to a size, and how often they were begun."""
    draw, ends = np.random.default_rng(SEED), np.cumsum(lengths)
    parts, widths, left = [symbols], [lengths], size - len(symbols)
    while keep := int(np.searchsorted(ends, left, side="right")):
        parts.append(exchanged(symbols[: ends[keep - 1]], draw))
        widths.append(lengths[:keep])
        left -= int(ends[keep - 1])
        if keep < len(ends):
            break
    return np.concatenate(parts), np.concatenate(widths), len(parts)
