"""The substring core beside public engines, in one run.

``python -m bench.ngram [--sizes MB ...] [--main MB] [--large MB] [--text FILE | --sets NAME ...]
[--resume] [--quick] [--deadline SECONDS] [--out FOLDER]``. Every system is a child process of its
own, pinned to one core or to two. Counts, places and what follows a context are compared between
the systems; when they differ, the results are written and the command fails. ``--resume`` takes the
runs of an earlier call that ended well, for the same texts and settings, instead of measuring them
again.
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

from bench.corpus import ROOT
from bench.ngram import texts, tokens
from bench.ngram.against import against_limits
from bench.ngram.agreement import agreement
from bench.ngram.figures import Figures
from bench.ngram.peers import PEERS
from bench.ngram.plots import plots
from bench.ngram.runs import Plan, run, tasks
from bench.ngram.targets import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

QUICK: dict[str, Any] = {"sizes": [0.1], "main": 0.2, "largest_peer": 0, "large": 0, "queries": 50}
CHECKS = (
    "checks",
    "live_checks",
    "live_checks_10",
    "live_checks_20",
    "place_checks",
    "next_checks",
)


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--sizes", nargs="+", type=float, default=[10, 30, 100, 300], help="MB")
    found.add_argument("--main", type=float, default=100, help="MB at which all is measured")
    found.add_argument("--largest-peer", type=float, default=100, help="MB up to which peers go")
    found.add_argument("--large", type=float, default=900, help="MB of a text to open; 0: none")
    found.add_argument("--queries", type=int, default=2000, help="of each length; ours 5 times")
    found.add_argument("--sets", nargs="+", default=["wiki-scale"], help="data sets")
    found.add_argument("--text", type=Path, help="a UTF-8 file instead, a document on each line")
    found.add_argument("--tokenizer", default=tokens.MODEL, help="a pulled model's, for tokens")
    found.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    found.add_argument("--limit", type=float, default=1500, help="seconds that a system may take")
    found.add_argument("--deadline", type=float, default=inf, help="seconds for everything")
    found.add_argument("--resume", action="store_true", help="keep runs that ended well")
    found.add_argument("--quick", action="store_true", help="small texts, in seconds")
    found.add_argument("--prepare", action="store_true", help="make the texts, and stop")
    found.add_argument("--folder", type=Path, default=ROOT / "build" / "bench" / "ngram")
    found.add_argument("--out", type=Path, default=ROOT / "bench" / "results")
    return found


def plan_of(given: argparse.Namespace) -> Plan:
    """What to measure; prepares the texts."""
    source = str(given.text) if given.text else " + ".join(given.sets)

    def items() -> Iterator[bytes]:
        return texts.of_file(given.text) if given.text else texts.of_sets(given.sets)

    places = {}
    for size in sorted({*given.sizes, given.main, given.large} - {0}):
        places[size] = (given.folder / "texts" / f"{size:g}").absolute()
        texts.prepare(items(), int(size * 1e6), places[size], source=source)
    reason = tokens.missing(given.tokenizer)
    if not reason:
        tokens.prepare(places[given.main], given.tokenizer)
    return Plan(
        given.folder.absolute(),
        places,
        given.main,
        tuple(name for name in given.peers if _installed(name)),
        given.largest_peer,
        given.large,
        not reason,
        given.queries,
        given.limit,
        given.resume,
    )


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
    main = texts.Text.open(plan.texts[plan.main]).facts
    figures = Figures(runs, main["digest"])
    absent = {name: "not installed" for name in given.peers if name not in plan.peers}
    if not plan.tokens:
        absent["tokens"] = tokens.missing(given.tokenizer)
    facts = machine()
    facts["versions"] |= {name: importlib.metadata.version(name) for name in plan.peers}
    return {
        "machine": facts | {"load_average": os.getloadavg()},
        "corpus": main["asked"]["source"],
        "texts": [texts.Text.open(folder).facts for folder in plan.texts.values()],
        "edits": f"copies after the first have 1 in {texts.EXCHANGED} lowercase letters exchanged",
        "main_bytes": main["bytes"],
        "main": main["digest"],
        "targets": targets(figures),
        "against_limits": against_limits(figures),
        "agreement": agreement(runs),
        "not_measured": absent | {row["name"]: row["failed"] for row in runs if "failed" in row},
        "runs": [{key: row[key] for key in row if key not in CHECKS} for row in runs],
    }


def main(arguments: list[str]) -> int:
    """Measure, write ``ngram.json`` and the plots; 1 when the systems do not agree."""
    given = parser().parse_args(arguments)
    if given.quick:
        for name, value in QUICK.items():
            setattr(given, name, value)
    plan = plan_of(given)
    if given.prepare:
        return 0
    results = results_of(given, plan, measure(plan, given.deadline))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "ngram.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    plots(Figures(results["runs"], results["main"]), given.out)
    for row in results["targets"]:
        print({None: "?", True: "met", False: "NOT MET"}[row["met"]], row)
    print(json.dumps(results["not_measured"]), json.dumps(results["agreement"]), sep="\n")
    return 1 if results["agreement"]["mismatches"] else 0


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
