"""``infini-gram`` over token ids, beside our token level."""

from __future__ import annotations

import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.ngram.beside import CHECKED, build, counting
from bench.ngram.following import CHECKED_CONTEXT, CONTEXTS, EXACT, next_digest
from bench.ngram.peers.infini_gram import Engine
from bench.ngram.samples import MORE, windows
from bench.ngram.texts import Text
from bench.ngram.timing import each
from bench.ngram.tokens import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.ngram.child import Record, Task

ASKED = 100


def measure_token_peer(task: Task, record: Record) -> None:
    """Build, size, counting, and what follows a context."""
    engine, tokens = Engine(), Tokens.open(Path(task.text))
    record["version"] = version("infini-gram")
    record["across"], record["built"] = engine.across, engine.built
    engine.prepare_symbols(tokens.symbols, tokens.offsets, Path(task.work))
    build(engine, task, record, size=len(Text.open(Path(task.text)).symbols))
    began = time.perf_counter()
    if engine.open():
        record["open_ms"] = round((time.perf_counter() - began) * 1000, 3)
    drawn = MORE * task.queries
    asked = {n: windows(tokens.symbols, tokens.offsets, n, drawn) for n in task.lengths}
    needles = {length: engine.needles(rows[: task.queries]) for length, rows in asked.items()}
    record["checks"] = {
        str(length): [engine.count(needle) for needle in rows[:CHECKED]]
        for length, rows in needles.items()
    }
    record["count"] = [counting(engine, rows, length, task) for length, rows in needles.items()]
    contexts = windows(tokens.symbols, tokens.offsets, max(CONTEXTS) + 2, 1500)
    record["next_checks"] = checks(engine, contexts)
    record["next_symbols"] = [following(engine, contexts, length) for length in CONTEXTS[1:]]


def checks(engine: Engine, drawn: NDArray[Any]) -> list[str]:
    """As ours: empty where there are too many occurrences for an exact answer."""
    found = []
    for context in engine.needles(drawn[:ASKED, :CHECKED_CONTEXT]):
        counts = engine.next_symbols(context)
        found.append(next_digest(counts) if engine.count(context) <= EXACT else "")
    return found


def following(engine: Engine, drawn: NDArray[Any], length: int) -> dict[str, Any]:
    """Microseconds a context, one by one: it has no other way."""
    contexts = engine.needles(drawn[:ASKED, :length])
    singles = each(partial(engine.next_symbols, row) for row in contexts)
    return {"context": length, **singles}
