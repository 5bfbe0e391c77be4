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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.machine import ROOT

from bench.ngram.child import Task
from bench.ngram.samples import LENGTHS

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_LENGTHS = (1, 2, 4, 8, 16)
GROWN_LENGTH = 16
MODES = ("fast", "compact")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one call of the bench measures.

    Attributes:
        folder: Where texts, runs and indexes are kept.
        texts: Folders of prepared texts by size in MB, ascending.
        main: The size at which everything is measured.
        peers: Packages beside ours.
        largest: Peers are built up to this size.
        large: Size in MB of a text that is only opened and counted in; 0 for none.
        tokens: Whether there is a token level.
        queries: Patterns of each length.
        limit: Seconds that a child may take.
        resume: Whether runs that are there are used again.
    """

    folder: Path
    texts: Mapping[float, Path]
    main: float
    peers: tuple[str, ...]
    largest: float
    large: float
    tokens: bool
    queries: int
    limit: float
    resume: bool


def tasks(plan: Plan) -> list[Task]:
    """Every child, the ones that matter most first."""
    work = str(plan.folder / "index")
    base = Task("", str(plan.texts[plan.main]), work, queries=plan.queries, lengths=LENGTHS)
    found = [replace(base, system="limits"), *_main(plan, base, 1)]
    for size, folder in plan.texts.items():
        if size in (plan.main, plan.large):
            continue
        grown = replace(base, text=str(folder), lengths=(GROWN_LENGTH,), growth=True)
        found += [replace(grown, system="ours", mode=mode) for mode in MODES]
        if size <= plan.largest:
            found += [replace(grown, system=name) for name in plan.peers]
    found += _main(plan, base, 2)
    if plan.large:
        text = str(plan.texts[plan.large])
        large = replace(base, text=text, lengths=(GROWN_LENGTH,), growth=True, threads=2)
        found.append(replace(large, system="ours", mode="fast"))
    return found


def _main(plan: Plan, base: Task, threads: int) -> list[Task]:
    """Everything over the main text; only what has threads on two."""
    base = replace(base, threads=threads)
    token = replace(base, lengths=TOKEN_LENGTHS)
    found = [replace(base, system="ours", mode=mode) for mode in MODES]
    # libdivsufsort has one thread here.
    names = [name for name in plan.peers if threads == 1 or name != "pydivsufsort"]
    found += [replace(base, system=name) for name in names]
    if plan.tokens:
        found.append(replace(token, system="ours-tokens", mode="fast"))
    if plan.tokens and threads == 1 and "infini-gram" in plan.peers:
        found.append(replace(token, system="infini-gram-tokens"))
    return found


def run(task: Task, plan: Plan) -> dict[str, Any]:
    """One child's figures; with ``failed`` when it did not end well, and what it had by then."""
    kept = plan.folder / "runs" / f"{task.name}.json"
    key = asdict(task) | {"lengths": list(task.lengths), "facts": _facts(task)}
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


def _child(task: Task, plan: Plan) -> dict[str, Any]:
    shutil.rmtree(task.work, ignore_errors=True)
    Path(task.work).mkdir(parents=True)
    asked, answer = plan.folder / "task.json", plan.folder / "figures.json"
    answer.unlink(missing_ok=True)
    asked.write_text(json.dumps(asdict(task)), encoding="utf-8")
    command = [sys.executable, "-m", "bench.ngram.child", str(asked), str(answer)]
    pools = ("RAYON_NUM_THREADS", "OMP_NUM_THREADS")
    environment = os.environ | dict.fromkeys(pools, str(task.threads))
    failed = ""
    try:
        subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            check=True,
            timeout=plan.limit,
            stderr=subprocess.PIPE,
            text=True,
        )
    except subprocess.TimeoutExpired:
        failed = f"not finished after {plan.limit:,.0f} s"
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or "").strip().splitlines()[-1:]
        failed = f"ended with {error.returncode}: {''.join(lines)[-300:]}"
    shutil.rmtree(task.work, ignore_errors=True)
    figures: dict[str, Any] = {}
    if answer.exists():
        figures = json.loads(answer.read_text(encoding="utf-8"))
    return figures | ({"failed": failed} if failed else {})


def _facts(task: Task) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((Path(task.text) / "facts.json").read_text("utf-8"))
    return {"bytes": facts["bytes"], "documents": facts["documents"], "digest": facts["digest"]}
