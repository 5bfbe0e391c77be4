"""What the largest weights of splade-tiny's vectors still find, as one results file.

``python -m bench.pruning [--out FILE]``, after ``mnemic models pull splade-tiny``, calls ``mnemic
eval pruning`` as a user does, with all queries of the data sets ``SETS``, which are in
``MNEMIC_DATA`` or in ``../shared/data``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.machine import ROOT, machine

from bench.corpus import folders

SETS = ("scifact", "squad2-dev")
TOP_KS = (32, 64, 128)


def measured(places: list[Path], *options: str) -> list[dict[str, Any]]:
    """The ``results`` of one ``mnemic eval pruning``."""
    command = [sys.executable, "-m", "mnemic.api.cli", "eval", "pruning", "--json", *options]
    for place in places:
        command += ["--dataset", str(place)]
    for top_k in TOP_KS:
        command += ["--top-k", str(top_k)]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    results: list[dict[str, Any]] = json.loads(found.stdout)["results"]
    return results


def main(arguments: list[str]) -> None:
    """Measure, write the results file, and print one line a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = ROOT / "docs" / "results" / "sparse-pruning.json"
    parser.add_argument("--out", type=Path, default=default)
    given = parser.parse_args(arguments)
    results = measured(folders(SETS))
    written = json.dumps({"machine": machine(), "results": results}, indent=1)
    given.out.write_text(written + "\n", encoding="utf-8")
    for report in results:
        for row in report["results"]:
            print(report["dataset"], row["top_k"], row["overlap"], row["measures"])


if __name__ == "__main__":
    main(sys.argv[1:])
