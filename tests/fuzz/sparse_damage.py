"""Sparse files that no writer of ours makes, and everything that reads one.

Run as ``python -m tests.fuzz.sparse_damage KIND SEED NUMBER``, in a process that may crash: damages
files, opens them, and asks. Files that were damaged after they were written are opened without
hashing, or else must be refused or answer as before; rewritten ones have right checksums. Typed
errors are fine; anything else ends the process. The last line printed says which damage it was.
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import default_rng
from tests.contracts.index_contract import same_results
from tests.contracts.sparse_collections import collection
from tests.contracts.sparse_queries import VARIANTS

from mnemic.errors import FormatTooNew, IndexCorrupt, MnemicError
from mnemic.indexes.sparse import BM25, Impact, LiveSegment, SparseIndex, SparseSegment, TermBatch
from mnemic.indexes.storage import RamDirectory, layout, open_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mnemic.indexes.storage import FileEntry
    from mnemic.types import TopK

NAME = "hostile.sparse"
KIND = "sparse"
SAMPLES: Mapping[str, tuple[str, str | None, int]] = {
    "few tokens": ("natural", None, 9),
    "few weights": ("natural", "learned", 9),
    "blocks of tokens": ("at_block_ends", None, 300),
    "long documents": ("many_occurrences", None, 150),
    "blocks of weights": ("peaks", "learned", 700),
    "weights of all sizes": ("everywhere", "of_all_sizes", 130),
    "windows": ("clusters", None, 4_200),
    "no documents": ("natural", None, 0),
}
"""Shape, weighting, documents: lists of fewer and of more than 64, 128 and 4096 documents."""
NUMBERS = (0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 127, 128, 129, 255, 256, 2**15, 2**16, 2**24)
LARGE = (2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
FLOATS = (0.0, -0.0, -1.0, np.inf, -np.inf, np.nan, 1e-45, 3e38)


@dataclass(frozen=True)
class Sample:
    """A sound file, its entry, and queries for its documents."""

    data: bytes
    entry: FileEntry
    queries: TermBatch


@cache
def sample(name: str) -> Sample:
    shape, weighting, documents = SAMPLES[name]
    made = collection(default_rng(5), shape, weighting, documents=max(documents, 1))
    directory = RamDirectory()
    segment = SparseSegment.build(made.batch(default_rng(6), np.arange(documents)))
    entry = segment.save(directory, NAME)
    terms = min(made.terms, 12)
    rows = [list(range(terms)), [0], [terms - 1, 0, 0], [*range(0, terms, 2), made.terms], []]
    offsets = np.cumsum([0, *map(len, rows)])
    numbers = np.asarray([term for row in rows for term in row], np.uint32)
    return Sample(directory.read(NAME), entry, TermBatch(made.names, offsets, numbers))


def opened(data: bytes, entry: FileEntry, *, verify: bool) -> SparseSegment:
    directory = RamDirectory()
    directory.replace(NAME, data)
    return SparseSegment.open(directory, entry, verify=verify)


# --- damage -----------------------------------------------------------------------------------


def flipped(data: bytes, place: int) -> bytes:
    """One bit changed: the bits of all bytes in an order that takes one of each byte first."""
    changed = bytearray(data)
    changed[place % len(data)] ^= 1 << ((place % len(data) + place // len(data)) % 8)
    return bytes(changed)


def section_of(data: bytes, entry: FileEntry) -> slice:
    """Where the arrays are: behind header and table, before the trailer."""
    header = layout.unpack_header(data[: layout.HEADER_SIZE], entry.name)
    start = layout.aligned(layout.HEADER_SIZE + header.table_length)
    return slice(start, len(data) - layout.TRAILER.size)


def scribbled(data: bytes, entry: FileEntry, chance: random.Random) -> bytes:
    """Some words of the arrays overwritten, header and table left sound."""
    changed, section = bytearray(data), section_of(data, entry)
    for _ in range(chance.randint(1, 6)):
        if section.start == section.stop:
            break
        place, size = chance.randrange(section.start, section.stop), chance.choice([1, 2, 4, 8])
        end = min(place + size, section.stop)
        changed[place:end] = _word(chance)[: end - place]
    return bytes(changed)


def _word(chance: random.Random) -> bytes:
    number = chance.choice([*NUMBERS, *LARGE, chance.getrandbits(64)])
    return (number % 2**64).to_bytes(8, "little")


def rewritten(data: bytes, entry: FileEntry, chance: random.Random) -> tuple[bytes, FileEntry]:
    """Other arrays and settings under checksums that are right."""
    directory = RamDirectory()
    directory.replace(NAME, data)
    found = open_arrays(directory, entry, kind=KIND)
    arrays = {name: array.copy() for name, array in found.arrays.items()}
    settings = dict(found.settings)
    for _ in range(chance.randint(1, 3)):
        _change(arrays, settings, chance)
    other = RamDirectory()
    entry = write_arrays(other, NAME, kind=KIND, arrays=arrays, settings=settings)
    return other.read(NAME), entry


def _change(
    arrays: dict[str, np.ndarray[Any, Any]], settings: dict[str, Any], chance: random.Random
) -> None:
    name = chance.choice(sorted(arrays))
    array = arrays[name]
    what = ["value"] * 4 + ["bit"] * 3 + ["step"] * 3 + ["size", "type", "lost", "swap", "setting"]
    match chance.choice(what):
        case "value" | "bit" | "step" as how if array.size:
            _change_value(array.reshape(-1), how, chance)
        case "size":
            sizes = [0, 1, max(array.size - 1, 0), array.size + 1, 99]
            arrays[name] = np.resize(array, chance.choice(sizes))
        case "type":
            with np.errstate(invalid="ignore", over="ignore"):  # a NaN becomes some integer
                dtype = chance.choice(["<u1", "<u2", "<u4", "<i8", "<f4", "<f8"])
                arrays[name] = array.astype(dtype)
        case "lost" if len(arrays) > 1:
            del arrays[name]
        case "swap":
            other = chance.choice(sorted(arrays))
            arrays[name], arrays[other] = arrays[other], array
        case "setting" if settings:
            key = chance.choice(sorted(settings))
            settings[key] = chance.choice([*NUMBERS, -1, None, "1", [], {}, True, 0.5, 2**40])


def _change_value(flat: np.ndarray[Any, Any], how: str, chance: random.Random) -> None:
    """One entry: another one, one bit of it, or one more or less than it."""
    place = chance.randrange(flat.size)
    if flat.dtype.kind == "f" and how == "value":
        flat[place] = chance.choice(FLOATS)
    elif how == "step" and flat.dtype.kind != "f":
        whole = int(flat[place]) + chance.choice([-1, 1])
        flat[place : place + 1].view("u1")[:] = _low_bytes(whole, flat.itemsize)
    elif how == "value":
        flat[place : place + 1].view("u1")[:] = np.frombuffer(_word(chance), "u1")[: flat.itemsize]
    else:
        flat[place : place + 1].view("u1")[chance.randrange(flat.itemsize)] ^= (
            1 << chance.randrange(8)
        )


def _low_bytes(number: int, size: int) -> np.ndarray[Any, Any]:
    return np.frombuffer((number % 2**64).to_bytes(8, "little")[:size], "u1")


# --- use --------------------------------------------------------------------------------------


def use(segment: SparseSegment, queries: TermBatch, *, alone: bool = False) -> None:
    """Everything that reads a segment, each part though another was refused."""
    documents = segment.document_count
    if documents > 100_000:  # a count that the arrays cannot hold would have been refused
        raise AssertionError(f"a small file says that it has {documents} documents")
    every_third = np.packbits(np.arange(documents) % 3 == 0, bitorder="little")
    ordinals = np.arange(documents, dtype=np.int64) * 2
    for live in (None, ~every_third):
        with suppress(MnemicError):
            index = SparseIndex([LiveSegment(segment, ordinals, live)], threads=1)
            for question in questions(index, queries, documents, has_impacts=segment.has_impacts):
                with suppress(MnemicError):
                    question()
    if not alone:
        with suppress(MnemicError):
            merged = SparseSegment.merge([(segment, None), (segment, every_third)])
            use(merged, queries, alone=True)
        with suppress(MnemicError):
            segment.save(RamDirectory(), "again.sparse")


def questions(
    index: SparseIndex, queries: TermBatch, documents: int, *, has_impacts: bool
) -> Iterator[Callable[[], object]]:
    """Each method of an index, with each scorer."""
    fitting: list[BM25 | Impact] = [Impact()]
    if not has_impacts:
        fitting = [BM25(), *(BM25(k1=1.2, b=1, variant=variant) for variant in VARIANTS)]
    allowed = np.packbits(np.arange(documents) % 2, bitorder="little")
    for scorer in fitting:
        for k in (1, 10, 10**6):
            yield lambda scorer=scorer, k=k: _hits(index, queries, k, scorer, documents)  # type: ignore[misc]
        yield lambda scorer=scorer: index.search(queries, 3, scorer=scorer, allowed=[allowed])  # type: ignore[misc]
        for document in {0, documents // 2, documents - 1}:
            yield lambda scorer=scorer, document=document: index.explain(  # type: ignore[misc]
                queries, 2 * document, scorer=scorer
            )
    yield index.stats


def _hits(
    index: SparseIndex, queries: TermBatch, k: int, scorer: BM25 | Impact, documents: int
) -> None:
    """Hits in order, at most ``k``, of documents that are there, each once."""
    found = index.search(queries, k, scorer=scorer)
    assert len(found) == len(queries)
    assert np.all(np.isfinite(found.scores))
    for row in range(len(found)):
        scores, ids = found.row(row)
        assert len(ids) <= min(k, documents)
        assert np.array_equal(np.lexsort((ids, -scores)), np.arange(len(ids)))
        assert len(set(ids.tolist())) == len(ids)
        assert all(0 <= each < 2 * documents and each % 2 == 0 for each in ids.tolist())


# --- in a process of its own --------------------------------------------------------------------


def answers(segment: SparseSegment, queries: TermBatch) -> TopK:
    """Everything that the queries find."""
    scorer: BM25 | Impact = Impact() if segment.has_impacts else BM25()
    ordinals = np.arange(segment.document_count, dtype=np.int64)
    return SparseIndex([LiveSegment(segment, ordinals)], threads=1).search(
        queries, 10**6, scorer=scorer
    )


def hashed(data: bytes, damaged: bytes, entry: FileEntry, queries: TermBatch) -> None:
    """What is hashed is refused, or answers like the sound file."""
    with suppress(IndexCorrupt, FormatTooNew):
        found = opened(damaged, entry, verify=True)
        sound = opened(data, entry, verify=True)
        same_results(answers(found, queries), answers(sound, queries))


def attempt(kind: str, name: str, number: int, seed: int) -> None:
    """One damaged file, opened and used."""
    sound = sample(name)
    chance = random.Random(f"{seed} {name} {number}")
    entry = sound.entry
    match kind:
        case "flip":
            damaged = flipped(sound.data, chance.randrange(8 * len(sound.data)))
        case "scribble":
            damaged = scribbled(sound.data, entry, chance)
        case "cut":
            damaged = sound.data[: chance.randrange(len(sound.data))]
        case _:
            damaged, entry = rewritten(sound.data, entry, chance)
    if kind != "rewrite":
        hashed(sound.data, damaged, entry, sound.queries)
    try:
        segment = opened(damaged, entry, verify=kind == "rewrite")
    except (IndexCorrupt, FormatTooNew) as refusal:
        if NAME not in refusal.message:
            raise AssertionError(f"{refusal} does not name {NAME}") from refusal
        return
    use(segment, sound.queries)


def main(kind: str, seed: int, number: int) -> None:
    """Damage ``number`` files of each sample."""
    for attempted in range(number):
        for name in SAMPLES:
            print(f"\r{kind} {attempted} {name}, seed {seed}", end="", flush=True)
            attempt(kind, name, attempted, seed)
    print("\ndone", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
