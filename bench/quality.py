"""The quality of every retriever on every test collection, as one results file.

``python -m bench.quality [--out FILE]`` calls ``mnemic eval run`` as a user does, for each data set
that ``MNEMIC_DATA`` or ``../shared/data`` holds, and for squad2-dev hidden among the passages of
wiki-scale. LoCoMo is asked within each question's own conversation.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.machine import ROOT, machine

from bench.corpus import folders

SETS = ("scifact", "cranfield", "cisi", "vaswani", "squad2-dev", "hotpotqa100", "popqa1k")
RETRIEVERS = ("bm25",)
MEASURES = ("nDCG@10", "R@100")


def evaluate(places: list[Path], *options: str) -> list[dict[str, Any]]:
    """The ``results`` of one ``mnemic eval run``."""
    command = [sys.executable, "-m", "mnemic.api.cli", "eval", "run", "--json", *options]
    for place in places:
        command += ["--dataset", str(place)]
    for retriever in RETRIEVERS:
        command += ["--retriever", retriever]
    for measure in MEASURES:
        command += ["--measure", measure]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    results: list[dict[str, Any]] = json.loads(found.stdout)["results"]
    return results


def among(judged: Path, distractors: Path, folder: Path) -> Path:
    """A data set whose documents stand among those of another corpus."""
    shutil.copytree(judged, folder)
    with (folder / "corpus.jsonl").open("ab") as corpus:
        corpus.write((distractors / "corpus.jsonl").read_bytes())
    return folder


def main(arguments: list[str]) -> None:
    """Evaluate, write the results file, and print one line a result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "eval.json")
    given = parser.parse_args(arguments)
    results = evaluate(folders(SETS))
    results += evaluate(folders(["locomo"]), "--within", "conversation")
    for year in ("dl19", "dl20"):
        results += evaluate(folders(["msmarco-dl"]), "--split", year)
    with tempfile.TemporaryDirectory() as scratch:
        judged, distractors = folders(["squad2-dev", "wiki-scale"])
        place = Path(scratch) / "squad2-dev+wiki-scale"
        [result] = evaluate([among(judged, distractors, place)])
    # The splits know the queries by the name of the set that they are from.
    [source] = [item for item in results if item["dataset"] == "squad2-dev"]
    results.append({**result, "tuning_queries": source["tuning_queries"]})
    written = json.dumps({"machine": machine(), "results": results}, indent=1)
    given.out.write_text(written + "\n", encoding="utf-8")
    for result in results:
        print(result["dataset"], result["retriever"], result["measures"])


if __name__ == "__main__":
    main(sys.argv[1:])
