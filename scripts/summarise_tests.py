"""Turn a junit file into a results file: ``python -m scripts.summarise_tests XML JSON``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from scripts.check_skips import outcomes
from scripts.machine import machine


def summary(junit: Path) -> dict[str, Any]:
    """Counts by outcome, seconds, and what the run was made on."""
    states = Counter(test.state for test in outcomes(junit))
    suites = ElementTree.parse(junit).getroot().iter("testsuite")
    return {
        "machine": machine(),
        "tests": states.total(),
        "outcomes": dict(sorted(states.items())),
        "seconds": round(sum(float(suite.get("time", "0")) for suite in suites), 1),
    }


def main(junit: str, target: str) -> None:
    """Write the summary of ``junit`` to ``target``."""
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary(Path(junit)), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
