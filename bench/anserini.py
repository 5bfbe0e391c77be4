"""Our BM25 and Anserini's over the same files, with paired tests, as one results file.

``python -m bench.anserini [--out FILE]`` calls ``mnemic eval run`` as a user does, over scifact and
cranfield. It needs a Java 21 and Anserini's jar: docs/guides/pyserini.md says how they come.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.machine import ROOT, machine

from bench.corpus import folders
from mnemic.retrieval.anserini import find_jar, find_java

SETS = ("scifact", "cranfield")
MEASURES = ("nDCG@10", "R@100")


def evaluate(out: Path) -> dict[str, Any]:
    """What ``mnemic eval run --out`` keeps in results.json."""
    command = [sys.executable, "-m", "mnemic.api.cli", "eval", "run", "--json", "--out", str(out)]
    for option, values in (
        ("--dataset", map(str, folders(SETS))),
        ("--retriever", ("bm25", "anserini")),
        ("--measure", MEASURES),
    ):
        command += [part for value in values for part in (option, value)]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    found: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return found


def main(arguments: list[str]) -> None:
    """Evaluate, write the results file, and print one line a result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "anserini.json")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        found = evaluate(Path(scratch))
    facts = machine()
    facts["versions"] |= {"java": find_java().version, "anserini": find_jar().name}
    for result in found["results"]:
        result["run"] = None
    kept = {key: found[key] for key in ("results", "comparisons")}
    written = json.dumps({"machine": facts, **kept}, indent=1)
    given.out.write_text(written + "\n", encoding="utf-8")
    for result in found["results"]:
        print(result["dataset"], result["retriever"], result["measures"])


if __name__ == "__main__":
    main(sys.argv[1:])
