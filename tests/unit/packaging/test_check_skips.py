"""The gate tells a run that proves something from one that does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from scripts.check_skips import exempt_patterns, main, outcomes, problems
from scripts.summarise_tests import main as summarise
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


def junit(tmp_path: Path, *cases: str, name: str = "test.xml") -> Path:
    path = tmp_path / name
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
    result = summary([junit(tmp_path, PASSED, PASSED, SKIPPED)])
    assert result["outcomes"] == {"passed": 2, "skipped": 1}
    assert (result["tests"], result["seconds"]) == (3, 1.2)
    assert result["machine"]["versions"]["python"]


def test_the_parts_of_a_run_are_added_up(tmp_path: Path) -> None:
    first = junit(tmp_path, PASSED, FAILED, name="first.xml")
    second, target = junit(tmp_path, SKIPPED, name="second.xml"), tmp_path / "new" / "all.json"
    summarise(str(first), str(second), str(target))
    result = json.loads(target.read_text())
    assert result["outcomes"] == {"failure": 1, "passed": 1, "skipped": 1}
    assert (result["tests"], result["seconds"], result["parts"]) == (3, 2.5, 2)


def test_no_test_is_counted_in_two_parts(tmp_path: Path) -> None:
    first = junit(tmp_path, PASSED, FAILED, name="first.xml")
    second = junit(tmp_path, SKIPPED, FAILED, name="second.xml")
    with pytest.raises(ValueError, match=r"1 tests are in more than one file, tests\.a::test_y"):
        summary([first, second])
