"""Turn junit files into a results file: ``python -m scripts.summarise_tests XML... JSON``.

Several files are the parts of one run that was made folder by folder, at one commit.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from scripts.check_skips import outcomes
from scripts.machine import machine

if TYPE_CHECKING:
    from collections.abc import Sequence


def summary(junits: Sequence[Path]) -> dict[str, Any]:
    """Counts by outcome, seconds, and what the run was made on.

    Raises:
        ValueError: a test is in two files, and would be counted twice.
    """
    parts = [outcomes(junit) for junit in junits]
    files = Counter(name for part in parts for name in {test.name for test in part})
    twice = [name for name, count in files.items() if count > 1]
    if twice:
        raise ValueError(f"{len(twice)} tests are in more than one file, {min(twice)} for one")
    states = Counter(test.state for part in parts for test in part)
    return {
        "machine": machine(),
        "tests": states.total(),
        "outcomes": dict(sorted(states.items())),
        "seconds": round(sum(map(_seconds, junits)), 1),
        "parts": len(parts),
    }


def _seconds(junit: Path) -> float:
    suites = ElementTree.parse(junit).getroot().iter("testsuite")
    return sum(float(suite.get("time", "0")) for suite in suites)


def main(*paths: str) -> None:
    """Write the summary of all ``paths`` but the last to that one."""
    *junits, path = map(Path, paths)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary(junits), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
