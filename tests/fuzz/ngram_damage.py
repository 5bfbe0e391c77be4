"""Files of substrings that no writer of ours makes, and everything that reads one.

Run as ``python -m tests.fuzz.ngram_damage KIND SEED NUMBER``, in a process that may crash: damages
files, opens them without hashing, and asks. Typed errors and wrong answers are fine here; anything
else ends the process. The last line printed says which damage was at work.
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.contracts.ngram_checks import batch_of
from tests.contracts.ngram_corpora import BYTES, corpus, generator

from mnemic.errors import MnemicError
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, Ranges
from mnemic.indexes.storage import FileEntry, RamDirectory, layout, open_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.contracts.ngram_oracle import Symbols

NAME = "hostile.ngram"
KIND = "ngram"
SAMPLES: Mapping[str, tuple[str, int, int]] = {
    "bytes": ("of_many", BYTES, 1 << 20),
    "bytes in blocks": ("of_two", BYTES, 40),
    "tokens": ("of_many", 50_000, 1 << 20),
    "wide tokens in blocks": ("near_copies", 200_000, 100),
    "nothing": ("empty_documents", BYTES, 1 << 20),
}
NUMBERS = (0, 1, 2, 3, 7, 8, 63, 64, 255, 256, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32)
LARGE = (2**63 - 1, 2**63, 2**64 - 1)


@cache
def sample(name: str) -> tuple[bytes, FileEntry, list[Symbols]]:
    """A sound file, its entry, and patterns of its documents."""
    family, vocabulary, block_symbols = SAMPLES[name]
    made = corpus(generator(5), family, vocabulary)
    directory = RamDirectory()
    segment = NgramSegment.build(batch_of(made.documents, vocabulary), block_symbols=block_symbols)
    entry = segment.save(directory, NAME)
    patterns = [document[i : i + 3] for document in made.documents for i in (0, 4)]
    return bytes(directory.read(NAME)), entry, [each for each in patterns if each][:8]


def opened(data: bytes, entry: FileEntry, *, verify: bool) -> NgramSegment:
    directory = RamDirectory()
    directory.replace(NAME, data)
    return NgramSegment.open(directory, entry, verify=verify)


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
        word = chance.choice([*NUMBERS, *LARGE, chance.getrandbits(64)])
        end = min(place + size, section.stop)
        changed[place:end] = (word % 2**64).to_bytes(8, "little")[: end - place]
    return bytes(changed)


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
    return bytes(other.read(NAME)), entry


def _change(
    arrays: dict[str, np.ndarray[Any, Any]], settings: dict[str, Any], chance: random.Random
) -> None:
    name = chance.choice(sorted(arrays))
    array = arrays[name]
    match chance.choice(["value"] * 6 + ["size", "type", "lost", "swap", "setting", "setting"]):
        case "value" if array.size:
            flat = array.reshape(-1)
            word = chance.choice([*NUMBERS, *LARGE, chance.getrandbits(64)]) % 2**64
            flat[chance.randrange(flat.size)] = np.frombuffer(
                word.to_bytes(8, "little")[: flat.itemsize], flat.dtype
            )[0]
        case "size":
            arrays[name] = np.resize(array, chance.choice([0, 1, max(array.size - 1, 0), 99]))
        case "type":
            arrays[name] = array.astype(chance.choice(["<u1", "<u2", "<u4", "<i8", "<f4"]))
        case "lost" if len(arrays) > 1:
            del arrays[name]
        case "swap":
            other = chance.choice(sorted(arrays))
            arrays[name], arrays[other] = arrays[other], array
        case _ if settings:
            key = chance.choice(sorted(settings))
            settings[key] = chance.choice(
                [*NUMBERS[:-1], -1, None, "bytes", "tokens", [], {}, True, 0.5, 2**40, 2**62]
            )


# --- use --------------------------------------------------------------------------------------


def use(segment: NgramSegment, patterns: list[Symbols], *, alone: bool = False) -> None:
    """Everything that reads a segment, each part though another was refused."""
    documents = segment.document_count
    if documents > 100_000:  # a count that the arrays cannot hold would have been refused
        raise AssertionError(f"a small file says that it has {documents} documents")
    dead = np.packbits(np.arange(documents) % 3 != 0, bitorder="little")
    ordinals = np.arange(documents, dtype=np.int64)
    for live in (None, dead):
        with suppress(MnemicError):
            index = NgramIndex([LiveNgrams(segment, ordinals, live)], threads=1)
            for question in questions(index, patterns, documents):
                with suppress(MnemicError):
                    question()
    if not alone:
        with suppress(MnemicError):
            merged = NgramSegment.merge([(segment, None), (segment, dead)])
            use(merged, patterns, alone=True)
        with suppress(MnemicError):
            segment.save(RamDirectory(), "again.ngram")


def questions(
    index: NgramIndex, patterns: list[Symbols], documents: int
) -> Iterator[Callable[[], object]]:
    """Each method of an index."""
    batch = batch_of([each for each in patterns if _fits(each, index.vocabulary)], index.vocabulary)
    states = [lambda: index.ranges(batch), lambda: index.root(2)]
    states += [lambda: index.anchored(1, "document")]
    if index.vocabulary == BYTES:
        states += [lambda: index.anchored(1, "word")]
    yield lambda: index.count_many(batch)
    yield lambda: index.documents_with(batch)
    yield lambda: index.longest(batch)
    yield lambda: index.search(batch, 5)
    every = np.arange(documents, dtype=np.int64)
    yield lambda: index.extract(every, every * 0, every * 0 + 50)
    yield index.stats
    for state, ask in product(states, (_next, _masks, _places, _steps)):
        yield lambda state=state, ask=ask: ask(index, state())  # type: ignore[misc]


def _fits(pattern: Symbols, vocabulary: int) -> bool:
    return max(pattern) < vocabulary


def _next(index: NgramIndex, states: Ranges) -> object:
    return index.next_symbols(states), index.totals(states)


def _masks(index: NgramIndex, states: Ranges) -> object:
    return index.masks(states) if index.vocabulary <= 200_000 else None


def _places(index: NgramIndex, states: Ranges) -> object:
    after = np.arange(index.vocabulary + 1) % 2 == 0 if index.vocabulary <= 200_000 else None
    return [index.locate(index.rows(states, limit=100, after=chosen)) for chosen in (None, after)]


def _steps(index: NgramIndex, states: Ranges) -> object:
    for _ in range(4):
        following = index.next_symbols(states)
        parents = np.repeat(np.arange(len(states)), np.diff(following.offsets))[:50]
        states = index.extend(states, following.symbols[:50], parents)
    return index.totals(states)


# --- in a process of its own --------------------------------------------------------------------


def attempt(kind: str, name: str, number: int, seed: int) -> None:
    """One damaged file, opened without hashing (a rewritten one also with) and used."""
    data, entry, patterns = sample(name)
    chance = random.Random(f"{seed} {name} {number}")
    if kind == "flip":
        damaged = flipped(data, seed + number)
    elif kind == "scribble":
        damaged = scribbled(data, entry, chance)
    else:
        damaged, entry = rewritten(data, entry, chance)
    verify = kind == "rewrite" and number % 2 == 0
    with suppress(MnemicError):
        use(opened(damaged, entry, verify=verify), patterns)


def garbage(number: int, seed: int) -> None:
    """States and rows that no index made."""
    name = sorted(SAMPLES)[number % len(SAMPLES)]
    data, entry, _ = sample(name)
    chance = np.random.default_rng([seed, number])
    segment = opened(data, entry, verify=True)
    live = LiveNgrams(segment, np.arange(segment.document_count, dtype=np.int64))
    index = NgramIndex([live], threads=1)
    shape = (3, *index.root(1).bounds.shape[1:])
    bounds = chance.choice(np.asarray([*NUMBERS[:-1], 300, 301, 302], np.uint32), shape)
    for ask in (_next, _masks, _places, _steps):
        with suppress(MnemicError):
            ask(index, Ranges(bounds))


def main(kind: str, seed: int, number: int) -> None:
    """Damage ``number`` files of each sample."""
    for attempted in range(number):
        for name in [""] if kind == "garbage" else SAMPLES:
            print(f"\r{kind} {attempted} {name}, seed {seed}", end="", flush=True)
            if kind == "garbage":
                garbage(attempted, seed)
            else:
                attempt(kind, name, attempted, seed)
    print("\ndone", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
