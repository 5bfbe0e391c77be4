"""Children under a time limit, and what each left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash
from scripts.machine import ROOT

from bench.sparse.child import Task
from bench.sparse.peers import BM25_MODES, PACKAGES
from mnemic.indexes import _native

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEARNED_QUESTIONS = 500
INGEST = ("ours", "bm25s", "tantivy")
MEASURED = ("catalogue", "indexes", "retrieval", "sdk")
# What is made of figures that are there; the rest of the bench says what is measured.
SHOWING = ("__main__.py", "figures.py", "plots.py", "runs.py", "targets.py")
POOLS = ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one call of the bench measures.

    Attributes:
        folder: Where prepared data, runs and indexes are kept.
        main: The corpus at which everything is measured.
        small: Another real one; ``None`` for none.
        growth: Corpora of the growth plot but for the main one, ascending, and how many questions
            each is asked.
        vectors: Learned sparse vectors; ``None`` where there can be none.
        peers: Beside ours.
        questions: Asked of the main corpus.
        limit: Seconds that a child may take.
        resume: Whether runs that are there are used again.
    """

    folder: Path
    main: Path
    small: Path | None
    growth: Mapping[Path, int]
    vectors: Path | None
    peers: tuple[str, ...]
    questions: int
    limit: float
    resume: bool


def tasks(plan: Plan) -> list[Task]:
    """Every child: first all of the main corpus, then growth."""
    base = Task("", "", str(plan.main), str(plan.folder / "index"), questions=plan.questions)
    found = [replace(base, what="limits"), *_searches(plan, replace(base, full=True))]
    found.append(replace(base, what="search", system="ours", threads=2))
    found.append(replace(base, what="churn", system="ours"))
    found += _ingests(plan, base)
    if plan.small is not None:
        found += _searches(plan, replace(base, place=str(plan.small)))
    if plan.vectors is not None:
        asked = min(plan.questions, LEARNED_QUESTIONS)
        learned = replace(base, what="learned", place=str(plan.vectors), questions=asked)
        systems = ["ours", *(name for name in ("scipy", "seismic") if name in plan.peers)]
        found += [replace(learned, system=name, depths=(10,)) for name in systems]
    for place, questions in plan.growth.items():
        found += _searches(plan, replace(base, place=str(place), questions=questions))
    return found


def _searches(plan: Plan, base: Task) -> list[Task]:
    """Every system over one corpus; second modes of peers over the main one alone."""
    found = [replace(base, what=what, system=name) for what, name in SIDES]
    for name, modes in BM25_MODES.items():
        if name in plan.peers:
            some: Sequence[str] = modes if base.full else modes[:1]
            found += [replace(base, what="search", system=name, mode=mode) for mode in some]
    return found


SIDES = (("oracle", ""), ("search", "ours"))


def _ingests(plan: Plan, base: Task) -> list[Task]:
    systems = [name for name in INGEST if name == "ours" or name in plan.peers]
    ingest = replace(base, what="ingest")
    found = [replace(ingest, system=name) for name in systems]
    # bm25s has no threads there.
    found += [replace(ingest, system=name, threads=2) for name in systems if name != "bm25s"]
    return [*found, replace(ingest, system="collection", threads=2)]


def run(task: Task, plan: Plan) -> dict[str, Any]:
    """One child's figures; with ``failed`` when it did not end well, and what it had by then."""
    kept = plan.folder / "runs" / f"{task.name}.json"
    key = asdict(task) | {"depths": list(task.depths), "facts": _facts(task), "code": code(task)}
    if plan.resume and kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if found["task"] == key and found.get("complete"):
            return found
    if plan.limit <= 0:
        return {"task": key, "name": task.name, "failed": "not begun in time", "run_seconds": 0}
    began = time.perf_counter()
    figures = _child(task, plan)
    ended: dict[str, Any] = {"date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    ended["run_seconds"] = round(time.perf_counter() - began, 1)
    found = {"task": key, "name": task.name, **figures, **ended}
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found), encoding="utf-8")
    return found


def code(task: Task) -> str:
    """What was measured, and how: a run of other code is not used again."""
    digest, bench = xxhash.xxh3_64(), Path(__file__).parent
    others = {f"{name}.py" for name in PACKAGES} - {f"{task.system}.py"}
    sources = [path for path in bench.rglob("*.py") if path.name not in {*SHOWING, *others}]
    if task.system in PACKAGES:
        digest.update(version(PACKAGES[task.system][0]).encode())
    else:
        sources += [Path(_native.__file__)]
        sources += [path for folder in MEASURED for path in (ROOT / folder).rglob("*.py")]
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _child(task: Task, plan: Plan) -> dict[str, Any]:
    shutil.rmtree(task.work, ignore_errors=True)
    Path(task.work).mkdir(parents=True)
    asked, answer = plan.folder / "task.json", plan.folder / "figures.json"
    answer.unlink(missing_ok=True)
    asked.write_text(json.dumps(asdict(task)), encoding="utf-8")
    command = [sys.executable, "-m", "bench.sparse.child", str(asked), str(answer)]
    failed = ""
    try:
        # Some peers log to both streams; only the end of an error is of interest.
        subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | dict.fromkeys(POOLS, str(task.threads)),
            check=True,
            timeout=plan.limit,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except subprocess.TimeoutExpired:
        failed = f"not finished after {plan.limit:,.0f} s"
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        failed = f"ended with {error.returncode}: {''.join(lines)[-300:]}"
    shutil.rmtree(task.work, ignore_errors=True)
    figures: dict[str, Any] = {}
    if answer.exists():
        figures = json.loads(answer.read_text(encoding="utf-8"))
    return figures | ({"failed": failed} if failed else {})


def _facts(task: Task) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((Path(task.place) / "facts.json").read_text("utf-8"))
    return {name: facts[name] for name in ("documents", "postings", "digest")}
