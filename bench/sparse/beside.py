"""A public BM25 engine: build, size on disk, and search in each of its ways."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.ngram.footprint import Footprint, status
from bench.sparse.corpora import Corpus, spread
from bench.sparse.oracle import CHECKED
from bench.sparse.peers import PACKAGES, peer
from bench.sparse.timing import once, paced

if TYPE_CHECKING:
    from bench.ngram.child import Record
    from bench.sparse.child import Task
    from bench.sparse.corpora import Rows
    from bench.sparse.peers import Peer

TRIED = 500


def measure_peer(task: Task, record: Record) -> None:
    """Everything, figure by figure; a peer with several ways is measured in its fastest."""
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
    record["tried"] = tried = fastest(engine, questions, task)
    engine.ask(questions)
    checked = spread(len(questions), CHECKED)
    record["checks"] = {
        str(k): engine.scored(tried[str(k)]["way"], k, checked) for k in task.depths
    }
    rows = []
    for k in task.depths:
        way = tried[str(k)]["way"]
        rows.append({"k": k, "way": way, **paced(partial(engine.search, way, k), len(questions))})
        record["search"] = rows
    record["resident_bytes"] = status("VmRSS")


def fastest(engine: Peer, questions: Rows, task: Task) -> dict[str, Any]:
    """The fastest way for each depth, by the better of two passes over some of the questions."""
    some = questions.spread(TRIED)
    engine.ask(some)
    found: dict[str, Any] = {}
    for k in task.depths:
        times = dict.fromkeys(engine.ways, 0.0)
        if len(times) > 1:
            for way in times:
                passes = [once(partial(engine.search, way, k))[0] for _ in range(2)]
                times[way] = round(min(passes) * 1e6 / len(some), 1)
        found[str(k)] = {"way": min(times, key=lambda way: times[way]), "us": times}
    return found
