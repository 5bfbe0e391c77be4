"""A public BM25 engine: build, size on disk, and search in each of its ways."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.ngram.footprint import Footprint, status
from bench.sparse.corpora import Corpus, spread
from bench.sparse.oracle import CHECKED
from bench.sparse.peers import PACKAGES, peer
from bench.sparse.timing import paced

if TYPE_CHECKING:
    from bench.ngram.child import Record
    from bench.sparse.child import Task


def measure_peer(task: Task, record: Record) -> None:
    """Everything, figure by figure."""
    engine, corpus = peer(task.system, task.mode), Corpus.open(Path(task.place))
    record["version"] = version(PACKAGES[task.system][0])
    record["scores"], record["built"] = engine.scores, engine.built
    engine.prepare(corpus, Path(task.work))
    footprint = Footprint()
    with footprint:
        engine.build()
    record["build"] = footprint.figures(corpus.facts["postings"])
    record["disk"] = sizes = engine.save()
    record["disk_bytes"] = sum(size for name, size in sizes.items() if name != "segments")
    questions = corpus.questions.spread(task.questions)
    engine.ask(questions)
    checked, ways = spread(len(questions), CHECKED), engine.ways if task.full else engine.ways[:3]
    record["checks"] = {str(k): engine.scored(ways[0], k, checked) for k in task.depths}
    rows = []
    for k in task.depths:
        for way in ways:
            took = paced(lambda way=way, k=k: engine.search(way, k), len(questions))  # type: ignore[misc]
            rows.append({"k": k, "way": way, **took})
            record["search"] = rows
    record["resident_bytes"] = status("VmRSS")
