"""The sparse engine beside public engines, in one run.

``python -m bench.sparse [--sets NAME ...] [--copies N ...] [--growth N ...] [--learned N]
[--resume] [--quick] [--deadline SECONDS] [--folder FOLDER] [--out FOLDER]``. Every system is a
child process of its own, pinned to one core or to two, and fed the same terms. The best scores of
exact systems are compared with brute force; when they differ, the results are written and the
command fails. ``--resume`` takes the runs of an earlier call that ended well, for the same data and
settings, instead of measuring them again.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import sys
import time
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.machine import machine

from bench.corpus import CACHE, ROOT, documents, folders
from bench.sparse import corpora, vectors
from bench.sparse.agreement import agreement
from bench.sparse.figures import Figures
from bench.sparse.peers import PACKAGES
from bench.sparse.plots import plots
from bench.sparse.runs import Plan, run, tasks
from bench.sparse.targets import against_limit, targets
from mnemic.eval.datasets import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.sparse.corpora import Corpus

QUICK: dict[str, Any] = {
    "copies": [2],
    "growth": [],
    "learned": 300,
    "encoded": 60,
    "questions": 60,
}
POSTINGS_ASKED = 11_000_000 * 1000
"""Postings times questions of the main corpus's order that a growing corpus is asked."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--sets", nargs="+", default=["squad2-dev", "wiki-scale"], help="data sets")
    found.add_argument("--small", default="scifact", help="another data set, with its questions")
    found.add_argument("--growth", nargs="*", type=int, default=[10_000, 50_000], help="passages")
    found.add_argument("--copies", nargs="*", type=int, default=[10, 30], help="times the passages")
    found.add_argument("--learned", type=int, default=200_000, help="vectors of documents")
    found.add_argument("--encoded", type=int, default=4_000, help="of them by the model itself")
    found.add_argument("--questions", type=int, default=10**6, help="at most")
    found.add_argument("--peers", nargs="*", default=list(PACKAGES), choices=PACKAGES)
    found.add_argument("--limit", type=float, default=1500, help="seconds that a system may take")
    found.add_argument("--deadline", type=float, default=inf, help="seconds for everything")
    found.add_argument("--resume", action="store_true", help="keep runs that ended well")
    found.add_argument("--quick", action="store_true", help="a rehearsal, for small data sets")
    found.add_argument("--prepare", action="store_true", help="make the data, and stop")
    found.add_argument("--folder", type=Path, default=ROOT / "build" / "bench" / "sparse")
    found.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    return found


def plan_of(given: argparse.Namespace) -> Plan:
    """What to measure; prepares the data."""
    folder = given.folder.absolute()
    main = corpus_of(given.sets, folder / "main")
    growth = {}
    for count in given.growth:
        found = corpora.prefix(main, count, folder / f"{count}")
        growth[found.folder] = len(found.questions)
    for copies in given.copies:
        found = corpora.repeated(main, copies, folder / f"{copies}x")
        growth[found.folder] = max(50, POSTINGS_ASKED // found.facts["postings"])
    return Plan(
        folder,
        main.folder,
        corpus_of([given.small], folder / "small").folder if given.small else None,
        {place: min(asked, given.questions) for place, asked in growth.items()},
        vectors_of(given, main),
        tuple(name for name in given.peers if not absent(name)),
        min(given.questions, len(main.questions)),
        given.limit,
        given.resume,
    )


def corpus_of(names: Sequence[str], folder: Path) -> Corpus:
    """Data sets as one corpus, with the questions of the first."""
    places = folders(names)
    texts = (f"{item.title} {item.text}".strip() for item in documents(places, None))
    questions = [query.text for query in load(places[0], data=None, cache=CACHE).queries]
    return corpora.prepare(texts, questions, folder, source=" + ".join(names))


def vectors_of(given: argparse.Namespace, main: Corpus) -> Path | None:
    """Learned vectors of passages and questions of the main corpus, where there is the model."""
    if not given.learned or vectors.missing():
        return None
    place = folders(given.sets)[0]
    questions = [query.text for query in load(place, data=None, cache=CACHE).queries]
    found = vectors.prepare(
        vectors.sampled(main.texts(), given.encoded),
        vectors.sampled(questions, min(given.questions, 1000)),
        given.folder.absolute() / "vectors",
        count=given.learned,
    )
    return found.folder


def measure(plan: Plan, deadline: float) -> list[dict[str, Any]]:
    """Every child in turn; what does not fit before the deadline is cut off, or not begun."""
    found, ends = [], time.monotonic() + deadline
    for task in tasks(plan):
        limit = min(plan.limit, ends - time.monotonic())
        found.append(run(task, replace(plan, limit=limit)))
        state = found[-1].get("failed", "done")
        print(f"{task.name}: {state}, {found[-1]['run_seconds']} s", flush=True)
    return found


def results_of(given: argparse.Namespace, plan: Plan, runs: Sequence[Any]) -> dict[str, Any]:
    """The results file: the runs without what was only compared, and what follows from them."""
    main = corpora.Corpus.open(plan.main).facts
    small = corpora.Corpus.open(plan.small).facts if plan.small else {}
    figures = Figures(runs, main["digest"], small.get("digest", ""))
    missing = {name: reason for name in given.peers if (reason := absent(name))}
    if plan.vectors is None:
        missing["learned sparse"] = vectors.missing() or "not asked for"
    facts = machine()
    facts["versions"] |= {
        PACKAGES[name][0]: importlib.metadata.version(PACKAGES[name][0]) for name in plan.peers
    }
    kept = ("documents", "terms", "postings", "questions", "question_terms", "copies", "digest")
    return {
        "machine": facts | {"load_average": os.getloadavg()},
        "corpora": [
            {"asked": found["asked"], **{name: found[name] for name in kept}}
            for found in (main, *([small] if small else []), *map(_facts, plan.growth))
        ],
        "edits": corpora.EDITS,
        "vectors": _facts(plan.vectors) if plan.vectors else {},
        "main": main["digest"],
        "small": small.get("digest", ""),
        "targets": targets(figures),
        "against_limit": against_limit(figures),
        "agreement": agreement(runs),
        "not_measured": missing | {row["name"]: row["failed"] for row in runs if "failed" in row},
        "runs": [{key: row[key] for key in row if key != "checks"} for row in runs],
    }


def main(arguments: list[str]) -> int:
    """Measure, write ``sparse.json`` and the plots; 1 when the systems do not agree."""
    given = parser().parse_args(arguments)
    if given.quick:
        for name, value in QUICK.items():
            setattr(given, name, value)
    plan = plan_of(given)
    if given.prepare:
        return 0
    results = results_of(given, plan, measure(plan, given.deadline))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "sparse.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    plots(Figures(results["runs"], results["main"], results["small"]), given.out)
    for row in results["targets"]:
        shown = "  " if row["bound"] is None else {None: "?", True: "met", False: "NOT MET"}
        print(shown if isinstance(shown, str) else shown[row["met"]], row)
    print(json.dumps(results["not_measured"]), json.dumps(results["agreement"]), sep="\n")
    return 1 if results["agreement"]["mismatches"] else 0


def absent(name: str) -> str:
    """Why a peer cannot be measured; empty when it can."""
    for package in PACKAGES[name]:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return f"{package} is not installed"
    return ""


def _facts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
