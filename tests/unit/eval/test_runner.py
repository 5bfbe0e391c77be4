"""The runner: right values, durable batches, resuming, and refusing what does not belong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.eval.overlap import Overlap, write_dataset

from mnemic.errors import Conflict, IndexCorrupt, InvalidInput
from mnemic.eval.datasets import load
from mnemic.eval.measures import parse
from mnemic.eval.runner import run
from mnemic.eval.trec import read_run
from mnemic.types import Hit, Query, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mnemic.eval.datasets import Dataset

ROOT = Path(__file__).parents[3]
NAME = "pets.overlap.test.trec"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return load(write_dataset(tmp_path / "pets"), data=None, cache=tmp_path)


@pytest.fixture
def retriever(dataset: Dataset) -> Overlap:
    return Overlap.over(list(dataset.documents()))


@dataclass(frozen=True)
class Answers:
    """Gives the same hits to every query."""

    hits: tuple[Hit, ...]
    copies: int = 1
    name: str = "answers"

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        return [Ranking(Query("any"), self.hits)] * len(queries) * self.copies


def test_an_outcome_holds_values_costs_and_the_run(dataset: Dataset, retriever: Overlap) -> None:
    outcome = run(dataset, retriever)
    assert list(outcome.evaluation.values) == ["nDCG@10", "R@100", "RR@10", "AP"]
    assert outcome.evaluation.values["RR@10"].tolist() == [1, 1, 1, 0]
    assert outcome.evaluation.missing == 1
    assert outcome.run.rankings["q3"] == {"d4": 3.0}
    assert (outcome.depth, outcome.resumed, outcome.path) == (100, 0, None)
    assert len(outcome.latency.values) == outcome.latency.of == 4
    assert 0 < outcome.latency.p50 <= outcome.latency.p95 <= outcome.latency.p99
    stages = [stage.name for stage in outcome.stages]
    assert stages == ["first query", "search", "search one by one"]
    assert outcome.peak_rss_bytes > 1_000_000
    assert outcome.queries_per_second > 0


def test_progress_counts_finished_queries(dataset: Dataset, retriever: Overlap) -> None:
    seen: list[tuple[int, int]] = []
    run(dataset, retriever, batch=3, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 4), (4, 4)]


def test_each_query_can_be_kept_within_its_own_field(dataset: Dataset, retriever: Overlap) -> None:
    outcome = run(dataset, retriever, within="topic")
    assert outcome.run.rankings["q3"] == {}
    with pytest.raises(InvalidInput, match="query 'q1' has no usable metadata field 'year'"):
        run(dataset, retriever, within="year")


def test_only_the_finished_run_has_its_name(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = run(dataset, retriever, out=out)
    assert outcome.path == out / NAME
    assert sorted(path.name for path in out.iterdir()) == [
        "pets.overlap.test.costs.json",
        NAME,
    ]
    assert read_run(out / NAME).rankings == {
        query: found for query, found in outcome.run.rankings.items() if found
    }


def test_a_finished_run_is_taken_over_without_asking_again(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    first = run(dataset, retriever, out=tmp_path / "out")
    silent = replace(retriever, words={})
    second = run(dataset, silent, out=tmp_path / "out", resume=True, measures=[parse("P@1")])
    assert second.latency == first.latency
    assert second.evaluation.values["P@1"].tolist() == [1, 1, 1, 0]


class Interrupted(Exception):
    """Stands for a crash between two batches."""


def interrupt(done: int, total: int) -> None:
    if done >= 2:
        raise Interrupted


def test_an_interrupted_run_goes_on_where_it_stopped(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    whole = run(dataset, retriever, out=tmp_path / "whole")
    with pytest.raises(Interrupted):
        run(dataset, retriever, out=tmp_path / "cut", batch=1, progress=interrupt)
    assert not (tmp_path / "cut" / NAME).exists()
    seen: list[int] = []
    again = run(
        dataset,
        retriever,
        out=tmp_path / "cut",
        batch=1,
        resume=True,
        progress=lambda done, total: seen.append(done),
    )
    assert (again.resumed, seen) == (2, [3, 4])
    assert again.run == whole.run
    assert (tmp_path / "cut" / NAME).read_bytes() == (tmp_path / "whole" / NAME).read_bytes()


def test_without_resume_it_begins_anew(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    with pytest.raises(Interrupted):
        run(dataset, retriever, out=tmp_path, batch=1, progress=interrupt)
    assert run(dataset, retriever, out=tmp_path).resumed == 0


@pytest.mark.parametrize(
    "change", [{"k": 200}, {"identity": "k1=1.2"}, {"within": "topic"}], ids=str
)
@pytest.mark.parametrize("finished", [True, False])
def test_what_belongs_to_another_evaluation_is_not_resumed(
    dataset: Dataset, retriever: Overlap, tmp_path: Path, change: dict[str, Any], finished: bool
) -> None:
    if finished:
        run(dataset, retriever, out=tmp_path)
    else:
        with pytest.raises(Interrupted):
            run(dataset, retriever, out=tmp_path, batch=1, progress=interrupt)
    with pytest.raises(Conflict, match="without --resume"):
        run(dataset, retriever, out=tmp_path, resume=True, **change)


def test_a_changed_corpus_is_not_resumed(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    run(dataset, retriever, out=tmp_path / "out")
    with dataset.corpus.open("a") as file:
        file.write(json.dumps({"_id": "d6", "text": "new"}) + "\n")
    with pytest.raises(Conflict):
        run(dataset, retriever, out=tmp_path / "out", resume=True)


@pytest.mark.parametrize("name", [NAME, "pets.overlap.test.costs.json"])
def test_a_changed_result_is_noticed(
    dataset: Dataset, retriever: Overlap, tmp_path: Path, name: str
) -> None:
    run(dataset, retriever, out=tmp_path / "out")
    path = tmp_path / "out" / name
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(IndexCorrupt, match="without --resume"):
        run(dataset, retriever, out=tmp_path / "out", resume=True)


@pytest.mark.parametrize(
    "answers",
    [
        Answers((Hit(id="d1", score=float("nan")),)),
        Answers((Hit(id="d1", score=2.0), Hit(id="d1", score=1.0))),
        Answers(tuple(Hit(id=f"x{i}", score=1.0) for i in range(101))),
        Answers((), copies=2),
    ],
    ids=["nan", "twice", "too many", "too many rankings"],
)
def test_a_malformed_ranking_is_refused(dataset: Dataset, answers: Answers) -> None:
    with pytest.raises(InvalidInput):
        run(dataset, answers)


def test_a_batch_of_nothing_is_refused(dataset: Dataset, retriever: Overlap) -> None:
    with pytest.raises(InvalidInput, match="batch=0"):
        run(dataset, retriever, batch=0)


def test_strange_names_make_plain_file_names(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    outcome = run(dataset, retriever, name="../../hybrid(bm25 + dense)", out=tmp_path / "out")
    assert outcome.path is not None
    assert outcome.path.parent == tmp_path / "out"
    assert outcome.retriever == "../../hybrid(bm25 + dense)"
    assert read_run(outcome.path).name == "../../hybrid(bm25 + dense)"


KILLED = """
import os, signal, sys
from pathlib import Path
from mnemic.eval.datasets import load
from mnemic.eval.runner import run
from tests.unit.eval.overlap import Overlap

def kill(done, total):
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

dataset = load(sys.argv[1], data=None, cache=Path(sys.argv[2]))
retriever = Overlap.over(list(dataset.documents()))
run(dataset, retriever, out=Path(sys.argv[2]), batch=1, progress=kill)
"""


@pytest.mark.slow
def test_kill_9_loses_no_finished_batch(
    dataset: Dataset, retriever: Overlap, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(dataset.folder), str(out)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert run(dataset, retriever, out=out, resume=True).resumed == 3
