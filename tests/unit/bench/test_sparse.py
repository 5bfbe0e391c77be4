"""The bench of the sparse engine measures: small data, real engines, real child processes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.sparse import __main__ as bench
from bench.sparse import corpora, runs, vectors
from bench.sparse.agreement import agreement
from bench.sparse.child import Task
from bench.sparse.churn import chosen
from bench.sparse.inverted import Inverted, invert
from bench.sparse.oracle import best, largest, lengths_factor
from bench.sparse.ours import asked, built, indexed, rows_of
from bench.sparse.runs import Plan, run
from bench.sparse.targets import row
from scripts.tables import TABLES
from scripts.tables_sparse import RENDERERS
from tests.models import pulled

from mnemic.retrieval.analysis import Analyzer

WORDS = [f"{first}{second}{third}" for first in "bdgk" for second in "aeiou" for third in "lmnrst"]
DOCUMENTS, QUESTIONS = 400, 30


def written(folder: Path, seed: int) -> None:
    """A BEIR folder of random words, frequent ones much more so."""
    draw = np.random.default_rng(seed)
    shares = 1 / np.arange(1, len(WORDS) + 1)

    def text(length: int) -> str:
        return " ".join(draw.choice(WORDS, length, p=shares / shares.sum()))

    (folder / "qrels").mkdir(parents=True)
    rows = [
        json.dumps({"_id": str(n), "title": text(2), "text": text(int(draw.integers(1, 80)))})
        for n in range(DOCUMENTS)
    ]
    (folder / "corpus.jsonl").write_text("\n".join(rows) + "\n")
    asked = [json.dumps({"_id": f"q{n}", "text": text(4)}) for n in range(QUESTIONS)]
    (folder / "queries.jsonl").write_text("\n".join(asked) + "\n")
    judged = "".join(f"q{n}\t{n}\t1\n" for n in range(QUESTIONS))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the measurement looks for data sets."""
    folder = tmp_path_factory.mktemp("data")
    for seed, name in enumerate(("first", "second", "third")):
        written(folder / name, seed)
    return folder


@pytest.fixture(scope="module")
def corpus(data: Path, tmp_path_factory: pytest.TempPathFactory) -> corpora.Corpus:
    """One of them, prepared."""
    lines = (data / "first" / "corpus.jsonl").read_text().splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    place = tmp_path_factory.mktemp("corpus")
    return corpora.prepare(texts, texts[:QUESTIONS], place, source="first")


def test_terms_are_those_of_the_texts(corpus: corpora.Corpus) -> None:
    rows, names = list(corpus.documents.lists()), corpus.vocabulary
    for text, terms in zip(corpus.texts(), rows, strict=True):
        assert [names[term].decode() for term in terms] == Analyzer().analyze(text)
    assert list(corpus.questions.lists()) == rows[:QUESTIONS]


def test_a_part_and_a_prefix_are_numbered_from_their_own_first(
    corpus: corpora.Corpus, tmp_path: Path
) -> None:
    rows = list(corpus.documents.lists())
    assert list(corpus.documents.part(7, 20).lists()) == rows[7:20]
    found = corpora.prefix(corpus, 50, tmp_path / "50")
    assert list(found.documents.lists()) == rows[:50]
    assert found.texts() == corpus.texts()[:50]


def test_copies_keep_lengths_and_nine_in_ten_terms(corpus: corpora.Corpus, tmp_path: Path) -> None:
    found = corpora.repeated(corpus, 3, tmp_path / "3x")
    size, total = len(corpus), len(corpus.documents.terms)
    parts = [found.documents.part(size * n, size * (n + 1)) for n in range(3)]
    assert (parts[0].terms == corpus.documents.terms).all()
    for part in parts[1:]:
        assert (np.diff(part.offsets) == np.diff(corpus.documents.offsets)).all()
        assert 0.85 * total < (part.terms == corpus.documents.terms).sum() < 0.97 * total
    assert (parts[1].terms != parts[2].terms).any()


def test_a_prepared_corpus_is_used_again_only_for_the_same_question(tmp_path: Path) -> None:
    first = corpora.prepare(["one"], ["one"], tmp_path / "c", source="a")
    assert corpora.prepare(["two"], ["two"], tmp_path / "c", source="a").facts == first.facts
    other = corpora.prepare(["two"], ["two"], tmp_path / "c", source="b")
    assert other.vocabulary == [b"two"]


def test_lists_hold_every_document_of_a_term(corpus: corpora.Corpus) -> None:
    lists = Inverted.open(corpus.folder)
    rows = list(corpus.documents.lists())
    for term in range(0, len(corpus.vocabulary), 7):
        part = slice(lists.offsets[term], lists.offsets[term + 1])
        expected = [(n, row.count(term)) for n, row in enumerate(rows) if term in row]
        pairs = zip(lists.documents[part].tolist(), lists.frequencies[part].tolist(), strict=True)
        assert list(pairs) == expected


def test_brute_force_is_bm25() -> None:
    documents = corpora.Rows(np.array([0, 3, 4, 6]), np.array([0, 0, 1, 1, 2, 2], np.uint32))
    lists = invert(documents.offsets, documents.terms, 3)
    found = best(lists, [0], lengths_factor(documents), 10)
    inverse = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert found == pytest.approx([inverse * 2 / (2 + 0.9 * (1 - 0.4 + 0.4 * 3 / 2))])
    assert largest(np.array([0.0, 2.0, 1.0, 3.0]), 2) == [3.0, 2.0]


def test_chosen_rows_are_those_asked_for(corpus: corpora.Corpus) -> None:
    rows, wanted = list(corpus.documents.lists()), np.array([3, 1, 100])
    assert list(chosen(corpus.documents, wanted).lists()) == [rows[n] for n in wanted]


def test_segments_of_a_corpus_answer_as_brute_force_does(corpus: corpora.Corpus) -> None:
    index = indexed(built(corpus, size=90), threads=1)
    lists, factor = Inverted.open(corpus.folder), lengths_factor(corpus.documents)
    found = rows_of(index.search(asked(corpus.questions, corpus.vocabulary), 10))
    for scores, question in zip(found, corpus.questions.lists(), strict=True):
        assert scores == pytest.approx(best(lists, question, factor, 10), rel=1e-12)


def side(what: str, system: str, **figures: Any) -> dict[str, Any]:
    """A run's results."""
    task = {"what": what, "system": system, "facts": {"digest": "d"}}
    return {"name": f"{what}-{system}", "task": task, **figures}


def test_other_scores_than_those_of_brute_force_are_named() -> None:
    found = agreement(
        [
            side("oracle", "", checks={"10": [[2.0, 1.0], [3.0]]}),
            side("search", "ours", checks={"10": [[2.0, 1.0 + 1e-9], [3.0]]}),
            side("search", "bm25s", checks={"10": [[2.0, 1.0 + 1e-7], [3.0, 1.0]]}),
            side("search", "tantivy", checks={"10": [[7.0]]}),
            side("churn", "ours", churn=[{"index": "churned", "k": 10, "equal": False}]),
        ]
    )
    assert found["compared"] == 4
    assert found["mismatches"] == [
        "search-ours, k 10: 1 of 2 differ",
        "search-bm25s, k 10: 1 of 2 differ",
        "churn-ours: churned, k 10, is not the fresh index",
    ]


@pytest.mark.parametrize(
    ("sense", "measured", "met"),
    [(">=", 3.0, True), (">=", 2.999, False), ("<=", 1.2, True), ("<=", 1.201, False)],
)
def test_a_target_is_met_from_its_bound_on(sense: str, measured: float, met: bool) -> None:
    assert row("what", (sense, 3.0 if sense == ">=" else 1.2), measured)["met"] is met


def test_what_was_not_measured_or_not_asked_is_neither_met_nor_missed() -> None:
    assert row("what", (">=", 1.0), None)["met"] is None
    assert row("what", None, 5.0)["met"] is None


def test_drawn_vectors_have_terms_of_two_of_the_sample() -> None:
    draw = np.random.default_rng(1)
    sample = [
        (np.arange(n, n + 20, dtype=np.uint32), np.full(20, n + 1, np.float32)) for n in (0, 100)
    ]
    rows = vectors.grown(sample, 6, draw)
    assert len(rows) == 6
    assert all(rows[n] is sample[n] for n in range(2))
    for ids, weights in rows[2:]:
        assert (np.diff(ids.astype(np.int64)) > 0).all()
        assert ((ids >= 100) == (weights == 101)).all()


def test_questions_get_as_many_terms_as_asked_for() -> None:
    rows = [(np.arange(n, n + 30, dtype=np.uint32), np.ones(30, np.float32)) for n in (0, 25)]
    wide = vectors.widened(rows, np.random.default_rng(1))
    assert [len(ids) for ids, _ in wide] == [vectors.WIDTH_OF_QUESTIONS] * 2
    for (own, _), (ids, _) in zip(rows, wide, strict=True):
        assert set(own.tolist()) <= set(ids.tolist())


@pytest.fixture
def plan(corpus: corpora.Corpus, tmp_path: Path) -> Plan:
    """A plan over the small corpus."""
    return Plan(tmp_path, corpus.folder, None, {}, None, (), 20, 60, True)


@pytest.mark.slow
def test_a_child_that_fails_says_why_and_one_that_takes_long_is_stopped(plan: Plan) -> None:
    task = Task("search", "nothing", str(plan.main), str(plan.folder / "index"))
    assert "No module named 'bench.sparse.peers.nothing'" in run(task, plan)["failed"]
    slow = run(replace(task, system="ours"), replace(plan, limit=0.01))
    assert slow["failed"] == "not finished after 0 s"
    assert run(task, replace(plan, limit=0))["failed"] == "not begun in time"


@pytest.mark.slow
def test_a_run_that_ended_well_is_resumed(plan: Plan) -> None:
    task = Task("oracle", "", str(plan.main), str(plan.folder / "index"), questions=20)
    first = run(task, plan)
    assert first["complete"]
    assert run(task, plan) == first
    assert "failed" in run(replace(task, threads=2), replace(plan, limit=0.01))


def test_code_is_known_by_all_that_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    task, here = Task("collection", "ours", "", ""), Path(runs.__file__).parent
    peer = replace(task, system="tantivy")
    assert (runs.code(task), runs.code(peer)) == (runs.code(task), runs.code(peer))
    found = {runs.code(task), runs.code(peer)}
    monkeypatch.setattr(runs, "MEASURED", ("indexes",))
    assert runs.code(task) not in found
    assert runs.code(peer) in found
    monkeypatch.setattr(runs, "SHOWING", (*runs.SHOWING, "ingest.py"))
    assert (here / "ingest.py").exists()
    assert runs.code(peer) not in found


def test_a_run_is_known_by_no_other_peer_s_code(monkeypatch: pytest.MonkeyPatch) -> None:
    task, showing = Task("search", "tantivy", "", ""), runs.SHOWING
    before = runs.code(task)
    assert (Path(runs.__file__).parent / "peers" / "bm25s.py").exists()
    monkeypatch.setattr(runs, "SHOWING", (*showing, "bm25s.py"))
    assert runs.code(task) == before
    monkeypatch.setattr(runs, "SHOWING", (*showing, "tantivy.py"))
    assert runs.code(task) != before


@pytest.mark.slow
def test_a_run_of_other_code_is_not_resumed(plan: Plan) -> None:
    task = Task("oracle", "", str(plan.main), str(plan.folder / "index"), questions=20)
    found = run(task, plan)
    kept = plan.folder / "runs" / f"{task.name}.json"
    kept.write_text(json.dumps(found | {"task": found["task"] | {"code": "another"}}))
    assert "failed" in run(task, replace(plan, limit=0.01))


@pytest.mark.slow
def test_everything_is_measured_compared_and_quoted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNEMIC_CACHE", str(pulled(["splade-tiny"]).cache))
    monkeypatch.setattr("bench.corpus.DATA", data)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling bm25s takes half a minute a child
    options = ["--quick", "--sets", "first", "second", "--small", "third"]
    places = ["--folder", str(tmp_path / "work"), "--out", str(tmp_path)]
    assert bench.main([*options, *places]) == 0
    results = json.loads((tmp_path / "sparse.json").read_text())
    assert set(results["not_measured"]) <= {"pisa"}
    assert results["agreement"]["mismatches"] == []
    assert results["agreement"]["unchecked"] == []
    assert results["agreement"]["compared"] > 400
    bounded = [found for found in results["targets"] if found["bound"] is not None]
    unmet = [found["what"] for found in bounded if found["met"] is None]
    assert all("PISA" in what for what in unmet)
    assert results["against_limit"]
    for picture in ("growth", "search"):
        assert (tmp_path / f"sparse_{picture}.svg").exists()
    for name in RENDERERS:
        shown = TABLES[name].render(results).splitlines()
        assert len({line.count("|") for line in shown if line.startswith("|")}) == 1
        assert len(shown) > 3
