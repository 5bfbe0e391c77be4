"""Fail when a test run proves less than it seems: ``python -m scripts.check_skips XML EXEMPT``.

A run passes when at least one test ran and every skipped test is named in the exempt list.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test of a junit file: ``module::name``, its state and why it was skipped."""

    name: str
    state: str
    reason: str = ""


def outcomes(junit: Path) -> list[Outcome]:
    """Read every test of a pytest junit file; an expected failure counts as one that ran."""
    # The file comes from our own pytest a moment ago; it is not hostile.
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    return [_outcome(case) for case in cases]


def _outcome(case: ElementTree.Element) -> Outcome:
    name = f"{case.get('classname', '')}::{case.get('name', '')}"
    for state in ("failure", "error", "skipped"):
        found = case.find(state)
        if found is not None and found.get("type") != "pytest.xfail":
            return Outcome(name, state, found.get("message", ""))
    return Outcome(name, "passed")


def exempt_patterns(path: Path) -> list[str]:
    """The patterns of an exempt list: one a line, comments after ``#``."""
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def problems(run: list[Outcome], exempt: list[str]) -> list[str]:
    """What is wrong with a run, one line each; empty when nothing is."""
    if not any(test.state != "skipped" for test in run):
        return ["no test ran"]
    return [
        f"skipped: {test.name}: {test.reason}"
        for test in run
        if test.state == "skipped"
        and not any(fnmatchcase(test.name, pattern) for pattern in exempt)
    ]


def main(junit: str, exempt: str) -> int:
    """Print the problems on the standard error; 1 when there are any."""
    found = problems(outcomes(Path(junit)), exempt_patterns(Path(exempt)))
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print(f"{len(found)} problems; {exempt} names the tests that may skip", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
