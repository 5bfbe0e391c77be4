"""Our index: build, size, opening, counting with deletes, locating, extraction, decoding steps."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.ngram.beside import CHECKED, LIMIT, LOCATED, digest
from bench.ngram.following import CONTEXTS
from bench.ngram.footprint import Footprint, status
from bench.ngram.samples import DELETED, MORE, live_documents, patterns, spans, windows
from bench.ngram.steps import decoding, next_checks, states
from bench.ngram.texts import Text
from bench.ngram.timing import each, timed
from bench.ngram.tokens import Tokens
from mnemic.indexes.ngram import LiveNgrams, NgramIndex, NgramSegment, SymbolBatch
from mnemic.indexes.ngram.blocks import BLOCK_SYMBOLS
from mnemic.indexes.storage import FileDirectory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.ngram.child import Record, Task
    from mnemic.indexes.storage import FileEntry

EXTRACTED = 1000
NAME = "bench.ngram"
# Symbols between two known places; the default of segments lies between.
RATES = {"fast": 8, "compact": 32}


def measure_ours(task: Task, record: Record) -> None:
    """Everything that the index can do, figure by figure."""
    record["python_bytes"] = status("VmRSS")
    source, size = corpus(task)
    directory = FileDirectory(Path(task.work))
    record["documents"], record["symbols"] = len(source), len(source.symbols)
    entry = build(source, task, directory, record, size=size)
    segment = opening(directory, entry, record)
    ordinals = np.arange(len(source), dtype=np.int64)
    live = LiveNgrams(segment, ordinals)
    index = NgramIndex([live], threads=task.threads)
    asked = asked_of(source, task)
    record["checks"] = {
        str(length): index.count_many(rows_of(rows[:CHECKED], source)).tolist()
        for length, rows in asked.items()
    }
    counts: list[dict[str, Any]] = []
    for percent in (0,) if task.growth or task.threads > 1 else DELETED:
        left = np.packbits(live_documents(len(source), percent), bitorder="little")
        part = NgramIndex([live.without(left) if percent else live], threads=task.threads)
        counts += counting(part, asked, source, percent, record)
        record["count"] = counts
        if percent and not task.growth:
            decode(part, source, task, record, percent)
    if task.growth:
        return
    decode(index, source, task, record, 0)
    record["locate"] = locating(index, asked[LOCATED], source, record)
    record["extract"] = extraction(index, source.offsets)


def corpus(task: Task) -> tuple[SymbolBatch, int]:
    """The documents in memory, and the bytes of their text."""
    folder = Path(task.text)
    text = Text.open(folder)
    if task.system == "ours":
        return SymbolBatch(np.array(text.symbols), text.offsets), len(text.symbols)
    tokens = Tokens.open(folder)
    return SymbolBatch(tokens.symbols, tokens.offsets, tokens.vocabulary), len(text.symbols)


def build(
    source: SymbolBatch, task: Task, directory: FileDirectory, record: Record, *, size: int
) -> FileEntry:
    """The segment, made and written durably: both count."""
    rate = RATES[task.mode] if source.level == "bytes" else None
    # A block is built by one thread, and every count looks into every block: as few as will do.
    blocks = len(source.symbols) // task.threads + int(np.diff(source.offsets).max())
    most = BLOCK_SYMBOLS if task.threads == 1 else min(BLOCK_SYMBOLS, blocks)
    footprint = Footprint()
    with footprint:
        began = time.perf_counter()
        segment = NgramSegment.build(source, rate=rate, block_symbols=most, threads=task.threads)
        made = time.perf_counter()
        entry = segment.save(directory, NAME)
    figures = footprint.figures(size)
    facts = {"made_seconds": round(made - began, 3), "blocks": len(segment.blocks)}
    record["build"] = figures | facts | {"rate": segment.blocks[0].rate}
    record["disk_bytes"] = saved = (Path(task.work) / NAME).stat().st_size
    record["disk_per_byte"] = round(saved / size, 4)
    if most < BLOCK_SYMBOLS:  # what two threads built is asked as one block, as after a merge
        del segment
        entry = NgramSegment.build(source, rate=rate).save(directory, f"whole-{NAME}")
    return entry


def opening(directory: FileDirectory, entry: FileEntry, record: Record) -> NgramSegment:
    """Milliseconds to map the file, with and without the check of every byte."""
    found = {}
    for name, verify in (("mapped", False), ("verified", True)):
        took = timed(partial(NgramSegment.open, directory, entry, verify=verify), 1)
        found[name] = round(took["us"] / 1000, 3)
    record["open_ms"] = found
    return NgramSegment.open(directory, entry)


def asked_of(source: SymbolBatch, task: Task) -> dict[int, NDArray[Any]]:
    """Patterns by length."""
    if task.system == "ours":
        symbols = source.symbols.view(np.uint8)
        return {n: patterns(symbols, source.offsets, n, task.queries) for n in task.lengths}
    drawn = MORE * task.queries
    return {n: windows(source.symbols, source.offsets, n, drawn) for n in task.lengths}


def rows_of(rows: NDArray[Any], source: SymbolBatch) -> SymbolBatch:
    """Patterns of one length as a batch."""
    offsets = np.arange(len(rows) + 1, dtype=np.int64) * rows.shape[1]
    return SymbolBatch(np.ascontiguousarray(rows).reshape(-1), offsets, source.vocabulary)


def counting(
    index: NgramIndex,
    asked: dict[int, NDArray[Any]],
    source: SymbolBatch,
    percent: int,
    record: Record,
) -> list[dict[str, Any]]:
    """Microseconds a pattern, batched and one by one, after the first query."""
    began = time.perf_counter()
    checked = index.count_many(rows_of(asked[LOCATED][:CHECKED], source))
    if percent:
        first = round((time.perf_counter() - began) * 1000, 3)
        record[f"first_after_{percent}_percent_ms"] = first
        record[f"live_checks_{percent}"] = checked.tolist()
    found = []
    for length, rows in asked.items():
        batch = rows_of(rows, source)
        shared = {"length": length, "deleted": percent}
        took = timed(partial(index.count_many, batch), len(rows))
        found.append({**shared, "way": "batch", **took})
        found.append({**shared, **one_by_one(index, rows)})
    return found


def one_by_one(index: NgramIndex, rows: NDArray[Any]) -> dict[str, Any]:
    """Counting from Python, a call for each pattern."""
    needles = [row.tobytes() if rows.dtype == np.uint8 else row for row in rows]

    def alone() -> None:
        for needle in needles:
            index.count(needle)

    singles = each(partial(index.count, needle) for needle in needles)
    took = timed(alone, len(needles), rounds=3)
    return {"way": "one by one", **took, "p50": singles["p50"], "p99": singles["p99"]}


def decode(
    index: NgramIndex, source: SymbolBatch, task: Task, record: Record, percent: int
) -> None:
    """Decoding steps; at the byte level too, where a token is a byte."""
    longest = max(CONTEXTS)
    drawn = windows(source.symbols, source.offsets, longest + 2, 1500)
    # No beam ever spells what is in no document that is left.
    drawn = drawn[index.count_many(rows_of(drawn, source)) > 0]
    found = dict(record.figures.get("steps", {}))
    found[str(percent)] = {
        "decoding": decoding(index, drawn, source.vocabulary),
        "states": states(index, drawn, source.vocabulary),
    }
    record["steps"] = found
    if not percent and task.system == "ours-tokens":
        record["next_checks"] = next_checks(index, drawn, source.vocabulary)


def locating(
    index: NgramIndex, rows: NDArray[Any], source: SymbolBatch, record: Record
) -> dict[str, Any]:
    """Microseconds an occurrence: rows of all patterns at once, then their places."""
    few = index.ranges(rows_of(rows[:CHECKED], source))
    all_rows = index.rows(few)
    places = index.locate(all_rows)
    bounds = places.offsets
    record["place_checks"] = [
        in_order(places.ordinals[a:b], places.ends[a:b] - rows.shape[1])
        for a, b in pairwise(bounds)
    ]
    chosen = index.rows(index.ranges(rows_of(rows, source)), limit=LIMIT)
    occurrences = len(index.locate(chosen).ordinals)
    return timed(lambda: index.locate(chosen), occurrences)


def in_order(documents: NDArray[np.int64], starts: NDArray[np.int64]) -> str:
    """A checksum of places, in the order of the text."""
    order = np.lexsort((starts, documents))
    return digest(documents[order].astype(np.int64), starts[order].astype(np.int64))


def extraction(index: NgramIndex, offsets: NDArray[np.int64]) -> dict[str, Any]:
    """Megabytes (or million tokens) a second of spans of 1,000 symbols."""
    documents, starts, ends = spans(offsets, EXTRACTED, 2000)
    took = timed(lambda: index.extract(documents, starts, ends), int((ends - starts).sum()))
    return {"million_symbols_per_second": round(1 / took["us"], 3), **took}
