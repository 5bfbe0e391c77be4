"""The gate tells a run that proves something from one that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripts.check_skips import exempt_patterns, main, outcomes, problems
from scripts.summarise_tests import summary
from tests.unit.packaging.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PASSED = '<testcase classname="tests.a" name="test_x[1]"/>'
FAILED = '<testcase classname="tests.a" name="test_y"><failure message="no"/></testcase>'
SKIPPED = (
    '<testcase classname="tests.b" name="test_z[postgres]">'
    '<skipped type="pytest.skip" message="no PostgreSQL"/></testcase>'
)
EXPECTED = '<testcase classname="tests.b" name="test_w"><skipped type="pytest.xfail"/></testcase>'


def junit(tmp_path: Path, *cases: str) -> Path:
    path = tmp_path / "test.xml"
    suite = f'<testsuite time="1.25">{"".join(cases)}</testsuite>'
    path.write_text(f"<testsuites>{suite}</testsuites>")
    return path


def test_a_run_without_skips_is_fine(tmp_path: Path) -> None:
    assert problems(outcomes(junit(tmp_path, PASSED, FAILED, EXPECTED)), []) == []


@pytest.mark.parametrize("cases", [[], [SKIPPED]])
def test_a_run_without_a_test_is_not(tmp_path: Path, cases: list[str]) -> None:
    assert problems(outcomes(junit(tmp_path, *cases)), ["*"]) == ["no test ran"]


def test_a_skip_is_named_with_its_reason(tmp_path: Path) -> None:
    (line,) = problems(outcomes(junit(tmp_path, PASSED, SKIPPED)), ["tests.b::test_other*"])
    assert line == "skipped: tests.b::test_z[postgres]: no PostgreSQL"


def test_an_exempt_skip_is_fine(tmp_path: Path) -> None:
    exempt = tmp_path / "exempt.txt"
    exempt.write_text("# a comment\n\ntests.b::test_z*  # because\n")
    assert exempt_patterns(exempt) == ["tests.b::test_z*"]
    assert main(str(junit(tmp_path, PASSED, SKIPPED)), str(exempt)) == 0
    exempt.write_text("")
    assert main(str(junit(tmp_path, PASSED, SKIPPED)), str(exempt)) == 1


def test_the_committed_list_can_be_read() -> None:
    assert all("::" in line for line in exempt_patterns(ROOT / "tests" / "exempt.txt"))


def test_a_summary_counts_outcomes(tmp_path: Path) -> None:
    result = summary(junit(tmp_path, PASSED, PASSED, SKIPPED))
    assert result["outcomes"] == {"passed": 2, "skipped": 1}
    assert (result["tests"], result["seconds"]) == (3, 1.2)
    assert result["machine"]["versions"]["python"]
