"""A public engine: build, size, counting and locating."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from bench.ngram.footprint import Footprint
from bench.ngram.peers import Peer, peer
from bench.ngram.peers.pydivsufsort import Engine as SuffixArray
from bench.ngram.samples import DELETED, live_documents, patterns
from bench.ngram.texts import Text
from bench.ngram.timing import each, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.ngram.child import Record, Task

CHECKED = 200
LOCATED = 16
LIMIT = 1000


def measure_peer(task: Task, record: Record) -> None:
    """Everything that a peer can do, figure by figure."""
    engine, text = peer(task.system), Text.open(Path(task.text))
    record["version"] = version(task.system)
    record["across"], record["built"] = engine.across, engine.built
    engine.prepare(text, Path(task.work))
    build(engine, task, record, size=len(text.symbols))
    began = time.perf_counter()
    if engine.open():
        record["open_ms"] = round((time.perf_counter() - began) * 1000, 3)
    asked = {n: patterns(text.symbols, text.offsets, n, task.queries) for n in task.lengths}
    needles = {length: engine.needles(rows[: task.queries]) for length, rows in asked.items()}
    record["checks"] = {
        str(length): [engine.count(needle) for needle in rows[:CHECKED]]
        for length, rows in needles.items()
    }
    if isinstance(engine, SuffixArray):
        record["live_checks"] = live_checks(engine, needles[LOCATED], len(text))
        record["place_checks"] = [digest(*engine.places(row)) for row in needles[LOCATED][:CHECKED]]
    record["count"] = [counting(engine, rows, length, task) for length, rows in needles.items()]
    if not task.growth and task.threads == 1:
        record["locate"] = locating(engine, needles[LOCATED][:100])


def build(engine: Peer, task: Task, record: Record, *, size: int) -> None:
    """The index, in memory and on disk; ``seconds`` is both."""
    footprint = Footprint(children=engine.children)
    with footprint:
        engine.build(task.threads)
    record["build"] = footprint.figures(size)
    began = time.perf_counter()
    saved = engine.save()
    record["save_seconds"] = round(time.perf_counter() - began, 3)
    record["disk_bytes"], record["disk_per_byte"] = saved, round(saved / size, 4)


def counting(engine: Peer, needles: Sequence[Any], length: int, task: Task) -> dict[str, Any]:
    """Microseconds a pattern: one by one, or one by one in each of several threads."""

    def alone(part: Sequence[Any] = needles) -> None:
        for needle in part:
            engine.count(needle)

    if task.threads == 1:
        way = {"way": "one by one", **timed(alone, len(needles))}
        singles = each(partial(engine.count, needle) for needle in needles)
        return {"length": length, "deleted": 0, **way, "p50": singles["p50"], "p99": singles["p99"]}
    parts = [needles[part :: task.threads] for part in range(task.threads)]
    with ThreadPoolExecutor(task.threads) as pool:
        found = timed(lambda: list(pool.map(alone, parts)), len(needles))
    return {"length": length, "deleted": 0, "way": "threads", **found}


def locating(engine: Peer, needles: Sequence[Any]) -> dict[str, Any]:
    """Microseconds an occurrence."""
    occurrences = sum(engine.locate(needle, LIMIT) for needle in needles)

    def run() -> None:
        for needle in needles:
            engine.locate(needle, LIMIT)

    return timed(run, occurrences)


def live_checks(
    engine: SuffixArray, needles: Sequence[NDArray[Any]], documents: int
) -> dict[str, list[int]]:
    """Counts among the documents that are left, by looking at every occurrence."""
    found = {}
    for percent in DELETED[1:]:
        live = live_documents(documents, percent)
        found[str(percent)] = [
            int(live[engine.places(needle)[0]].sum()) for needle in needles[:CHECKED]
        ]
    return found


def digest(documents: NDArray[Any], starts: NDArray[Any]) -> str:
    """A checksum of places, in the order of the text."""
    return xxhash.xxh3_64_hexdigest(documents.tobytes() + starts.tobytes())
