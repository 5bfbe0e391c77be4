"""``mnemic eval`` from outside: output, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.unit.eval.overlap import write_dataset

from mnemic.api.cli.app import cli
from mnemic.eval.trec import read_run, write_run
from mnemic.sdk import Collection
from mnemic.types import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

GOLDEN = Path(__file__).parents[2] / "golden" / "eval"


def mnemic(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(cli, ["eval", *map(str, arguments)])


def answer(*arguments: object, env: dict[str, str] | None = None) -> Any:
    result = mnemic(*arguments, "--json", env=env)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data" / "pets")


def test_run_gives_one_json_object(pets: Path) -> None:
    (result,) = answer("run", "--dataset", pets, "--retriever", "bm25")["results"]
    assert (result["dataset"], result["retriever"], result["split"]) == ("pets", "bm25", "test")
    assert (result["queries"], result["documents"], result["rerank"]) == (4, 5, None)
    assert result["measures"]["RR@10"] == 0.75
    assert result["index_seconds"] > 0
    assert result["index_bytes"] > 0
    assert result["peak_rss_bytes"] > 0


def test_run_finds_a_name_in_the_data_folder(pets: Path) -> None:
    env = {"MNEMIC_DATA": str(pets.parent)}
    (result,) = answer("run", "--dataset", "pets", "--measure", "MRR@10", env=env)["results"]
    assert result["measures"] == {"MRR@10": 0.75}


def test_out_keeps_run_results_and_report(pets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = mnemic("run", "--dataset", pets, "--out", out)
    assert result.exit_code == 0, result.output
    assert "report.html" in result.stdout
    kept = json.loads((out / "results.json").read_text())
    assert kept["results"][0]["measures"]["RR@10"] == 0.75
    assert {"date", "machine", "mnemic", "python"} <= set(kept)
    assert (out / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert set(read_run(out / "pets.bm25.test.trec").rankings) == {"q1", "q2", "q3"}


def test_resume_uses_the_index_and_the_run_again(pets: Path, tmp_path: Path) -> None:
    arguments = ["run", "--dataset", pets, "--out", tmp_path / "out"]
    (first,) = answer(*arguments)["results"]
    (second,) = answer(*arguments, "--resume")["results"]
    for key in ("index_seconds", "index_bytes", "latency_ms", "measures"):
        assert second[key] == first[key]
    (third,) = answer(*arguments)["results"]
    assert third["index_seconds"] != first["index_seconds"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], []),
        (["--out", "{out}"], ["stopped; the same command with --resume goes on from here"]),
        (["--out", "{out}", "--resume"], ["stopped; the same command goes on from here"]),
        (["--out", "{out}", "--json"], None),
    ],
)
def test_an_interrupt_says_how_to_go_on(
    pets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    said: list[str] | None,
) -> None:
    def pressed(self: Collection) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Collection, "flush", pressed)
    filled = (each.format(out=tmp_path / "out") for each in options)
    result = mnemic("run", "--dataset", pets, *filled)
    assert result.exit_code == 130
    if said is None:
        assert json.loads(result.stderr)["detail"] == "interrupted"
    else:
        assert [line for line in result.stderr.splitlines() if line] == [*said, "interrupted"]


def test_an_incomplete_index_is_made_again(pets: Path, tmp_path: Path) -> None:
    arguments = ["run", "--dataset", pets, "--out", tmp_path / "out", "--resume"]
    (first,) = answer(*arguments)["results"]
    mark = tmp_path / "out" / "indexes" / "pets" / "index.json"
    mark.write_text('{"complete": false}')
    (second,) = answer(*arguments)["results"]
    assert second["documents"] == first["documents"]
    assert json.loads(mark.read_text())["complete"]


def test_a_foreign_folder_in_the_index_place_is_left_alone(pets: Path, tmp_path: Path) -> None:
    place = tmp_path / "out" / "indexes" / "pets"
    place.mkdir(parents=True)
    (place / "mine").touch()
    result = mnemic("run", "--dataset", pets, "--out", tmp_path / "out")
    assert result.exit_code != 0
    assert (place / "mine").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "--dataset", "nowhere"], 3),
        (["run", "--dataset", "{pets}", "--split", "dev"], 3),
        (["run", "--dataset", "{pets}", "--retriever", "nonsense"], 4),
        (["run", "--dataset", "{pets}", "--measure", "nonsense"], 4),
        (["run", "--dataset", "{pets}", "-k", "0"], 4),
        (["run", "--dataset", "{pets}", "--within", "year"], 4),
        (["run", "--dataset", "{pets}", "--resume"], 2),
        (["run"], 2),
        (["compare", "one.trec", "--qrels", "x"], 2),
        (["compare", "one.trec", "two.trec", "--qrels", "nowhere"], 3),
        (["build-python-docs", "{pets}"], None),
    ],
)
def test_errors_have_their_exit_codes(pets: Path, arguments: list[str], code: int | None) -> None:
    result = mnemic(*(part.format(pets=pets) for part in arguments))
    assert result.exit_code not in (0, None)
    assert code is None or result.exit_code == code
    assert result.stdout == ""


def test_compare_gives_tests_for_every_pair(pets: Path, tmp_path: Path) -> None:
    runs = []
    for place, name in enumerate(("a", "b", "a")):
        runs.append(tmp_path / f"{place}.trec")
        write_run(runs[-1], Run(name, {"q1": {"d1": 1.0}, "q2": {f"d{place}": 1.0}}))
    qrels = pets / "qrels" / "test.tsv"
    report = answer("compare", *runs, "--qrels", qrels, "--measure", "AP")
    # Two runs share the name a, so the files' names tell the three apart.
    assert [item["name"] for item in report["runs"]] == ["0.trec", "1.trec", "2.trec"]
    assert [item["measures"]["AP"] for item in report["runs"]] == [0.125, 0.125, 0.375]
    assert len(report["comparisons"]) == 3
    assert report["comparisons"][0]["p_randomisation"] == 1.0


def test_compare_writes_a_report_and_a_table(pets: Path, tmp_path: Path) -> None:
    runs = [tmp_path / "a.trec", tmp_path / "b.trec"]
    for path in runs:
        write_run(path, Run(path.stem, {"q1": {"d1": 1.0}}))
    qrels = pets / "qrels" / "test.tsv"
    result = mnemic("compare", *runs, "--qrels", qrels, "--out", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert "nDCG@10" in result.stdout
    assert "Comparison of runs" in (tmp_path / "r.html").read_text()


def test_where_no_terminal_is_no_column_is_cut(pets: Path, tmp_path: Path) -> None:
    runs = [tmp_path / "a.trec", tmp_path / "b.trec"]
    for path in runs:
        write_run(path, Run(f"{path.stem} {'long name ' * 20}", {"q1": {"d1": 1.0}}))
    result = mnemic("compare", *runs, "--qrels", pets / "qrels" / "test.tsv")
    headings = [line.split() for line in result.stdout.splitlines() if "p Holm" in line]
    assert [line[-3:] for line in headings] == [["Holm", "p", "t"]]
    assert len([line for line in result.stdout.splitlines() if "1.0000  1.0000" in line]) == 4
    shown = mnemic("run", "--dataset", pets, env={"COLUMNS": "40"}).stdout
    [heading] = [line for line in shown.splitlines() if "RSS MB" in line]
    assert heading.split()[:3] == ["dataset", "retriever", "p50"]


def test_a_run_of_other_queries_is_bad_input(pets: Path, tmp_path: Path) -> None:
    runs = [tmp_path / "a.trec", tmp_path / "b.trec"]
    for path in runs:
        write_run(path, Run(path.stem, {"other": {"d1": 1.0}}))
    result = mnemic("compare", *runs, "--qrels", pets / "qrels" / "test.tsv")
    assert result.exit_code == 4
    assert "no query in common" in result.stderr


@pytest.mark.slow
def test_python_docs_can_be_built_and_evaluated(tmp_path: Path) -> None:
    built = answer("build-python-docs", tmp_path / "python-docs")
    assert built["documents"] >= 5000
    assert built["queries"] == 500
    (result,) = answer("run", "--dataset", tmp_path / "python-docs")["results"]
    assert result["documents"] == built["documents"]
    assert result["measures"]["R@100"] > 0.5


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "ndcg", "recall"),
    [
        ("scifact", [], 0.6762, 0.9127),
        ("cranfield", [], 0.3580, 0.7221),
        ("cisi", [], 0.3679, 0.4193),
        ("vaswani", [], 0.4449, 0.6230),
        ("hotpotqa100", [], 0.7885, 0.9700),
        ("popqa1k", [], 0.6163, 0.5705),
        ("locomo", ["--within", "conversation"], 0.4794, 0.7989),
        ("squad2-dev", [], 0.8858, 0.9933),
    ],
)
def test_published_bm25_figures_are_reproduced(
    data_folder: Callable[[str], Path], name: str, options: list[str], ndcg: float, recall: float
) -> None:
    (result,) = answer("run", "--dataset", data_folder(name), *options)["results"]
    assert result["measures"]["nDCG@10"] == pytest.approx(ndcg, abs=0.01)
    assert result["measures"]["R@100"] == pytest.approx(recall, abs=0.01)
