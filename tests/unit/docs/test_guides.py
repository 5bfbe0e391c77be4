"""Every command and program on the guides that are meant to be typed runs, in their order."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.endpoint_server import KEY, endpoint_server
from tests.models import pulled
from tests.unit.docs.blocks import blocks, page, printed, run

from mnemic.retrieval.collections import chunks, embedding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.endpoint_server import EndpointServer

NOTES = '{"_id": "a", "text": "A young puppy."}\n{"_id": "b", "text": "Brakes squeal."}\n'
BEIR = {
    "corpus.jsonl": '{"_id": "a", "title": "Foxes", "text": "A red fox."}\n',
    "queries.jsonl": '{"_id": "q", "text": "fox"}\n',
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\ta\t1\n",
}


@pytest.fixture(scope="module")
def cache() -> str:
    return str(pulled(["minilm"]).cache)


@pytest.fixture
def endpoint() -> Iterator[EndpointServer]:
    with endpoint_server() as server:
        yield server


def beir(folder: Path) -> None:
    for name, text in BEIR.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_the_quick_start_can_be_typed(tmp_path: Path, cache: str) -> None:
    examples = blocks(page("quickstart.md"))
    pull, add, search, beside, program, exam = printed(examples, tmp_path, MNEMIC_CACHE=cache)
    assert "minilm" in pull
    assert "6 added" in add
    assert "6 encoded" in add
    meaning, code, animals = re.split(r"^\d+ hits? by .*$", search, flags=re.MULTILINE)[1:]
    assert "1. dog" in meaning
    assert re.search(r" -\d\.\d{4} ", meaning), "a score below 0"
    assert "1. err" in code
    assert "cat" not in animals
    assert "bm25 (nothing found)" in beside
    assert program.splitlines()[0].startswith("dog")
    assert program.splitlines()[-1] == "bee"
    assert "hybrid" in exam
    assert (tmp_path / "report" / "report.html").exists()


def test_the_quick_start_without_the_model_is_as_it_says(tmp_path: Path, cache: str) -> None:
    _, add, search, *others = blocks(page("quickstart.md"))
    empty = str(tmp_path / "empty")
    _, found = printed([add, search], tmp_path, MNEMIC_CACHE=empty)
    assert "1. err" in found
    assert "dog" not in found
    for language, code in others:
        assert "has no dense vectors" in run(language, code, tmp_path, MNEMIC_CACHE=empty).stderr
    (cure,) = re.findall(r"`(mnemic reindex .*?)`", page("quickstart.md"))
    printed([("sh", cure), *others], tmp_path, MNEMIC_CACHE=cache)


def test_the_search_guide_can_be_typed(tmp_path: Path, cache: str) -> None:
    done = printed(blocks(page("search.md")), tmp_path, MNEMIC_CACHE=cache)
    assert len(done) == 5
    assert "1. a" in done[1]
    assert "(bm25,dense)" in done[2]
    assert "0 waiting" not in done[4]
    assert "dense vectors by minilm: 2 documents" in done[4]


def test_a_reindex_removes_what_it_does_not_name(tmp_path: Path) -> None:
    cache = str(pulled(["minilm", "splade-tiny"]).cache)
    (tmp_path / "notes.jsonl").write_text(NOTES)
    (both,) = re.findall(r"^mnemic reindex .* splade-tiny$", page("search.md"), re.MULTILINE)
    add = "mnemic add ./data --collection papers notes.jsonl --encoder minilm"
    inspect = "mnemic inspect ./data --collection papers"
    lines = [add, both, inspect, both.removesuffix(" --encoder splade-tiny"), inspect]
    done = printed([("sh", line) for line in lines], tmp_path, MNEMIC_CACHE=cache)
    assert "dense vectors by minilm" in done[2]
    assert "sparse vectors by splade-tiny" in done[2]
    assert "dense vectors by minilm" in done[4]
    assert "sparse vectors" not in done[4]


def test_what_a_crash_costs_is_what_the_search_guide_says() -> None:
    text = page("search.md")
    assert f"about {chunks.CHUNK_SECONDS:.0f} seconds of encoding" in text
    assert f"wait up to {embedding.LEASE_SECONDS:.0f} seconds" in text


def test_the_ingestion_guide_can_be_typed(tmp_path: Path) -> None:
    beir(tmp_path / "corpus")
    empty = str(tmp_path / "empty")
    read, folders, resumed, _ = printed(blocks(page("ingestion.md")), tmp_path, MNEMIC_CACHE=empty)
    assert read.startswith("a ")
    assert resumed == ""
    assert "Badgers" in folders
    export = "mnemic export ./data --collection notes --out all.jsonl"
    printed([("sh", export)], tmp_path, MNEMIC_CACHE=empty)
    lines = (tmp_path / "all.jsonl").read_text().splitlines()
    assert [json.loads(line)["_id"] for line in lines] == ["docs/a.md#1"]


def test_the_vectors_of_an_endpoint_can_be_typed(tmp_path: Path, endpoint: EndpointServer) -> None:
    (tmp_path / "notes.jsonl").write_text(NOTES)
    where = {"MNEMIC_OPENAI_BASE_URL": endpoint.url, "MNEMIC_OPENAI_API_KEY": KEY}
    text = page("endpoints.md").replace("text-embedding-3-small", "tiny")
    add, search, _ = *printed(blocks(text)[:1], tmp_path, **where)[0].split("hits by "), ""
    assert "2 encoded" in add
    assert search.startswith("z-score(bm25,dense)")
    printed(blocks(text)[1:2], tmp_path, **where)
    where["MNEMIC_OPENAI_BASE_URL"] = endpoint.url.replace("127.0.0.1", "localhost")
    asked = "mnemic search ./data --collection notes puppy --retriever "
    other = run("sh", asked + "dense", tmp_path, **where)
    assert other.returncode == 4
    assert "mnemic reindex" in other.stderr


@pytest.mark.slow
def test_a_search_fails_with_its_endpoint(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text(NOTES)
    with endpoint_server() as server:
        where = {"MNEMIC_OPENAI_BASE_URL": server.url, "MNEMIC_OPENAI_API_KEY": KEY}
        add = "mnemic add ./data --collection notes notes.jsonl --encoder openai:tiny"
        printed([("sh", add)], tmp_path, **where)
    asked = "mnemic search ./data --collection notes puppy"
    failed = run("sh", asked, tmp_path, **where)
    assert failed.returncode == 1
    assert "cannot be reached" in failed.stderr
    assert "1. a" in printed([("sh", f"{asked} --retriever bm25")], tmp_path, **where)[0]


def test_the_programs_of_the_pyserini_guide_run_but_for_java(tmp_path: Path) -> None:
    cache = str(pulled(["splade-tiny"]).cache)
    programs = [block for block in blocks(page("pyserini.md")) if block[0] == "python"]
    folder, weigh, vectors, java, files = programs
    beir(tmp_path / "scifact")
    (tmp_path / "topics.robust04.txt").write_text("<top>\n<num> 1\n<title> foxes\n</top>\n")
    (tmp_path / "run.trec").write_text("1 Q0 a 1 2.5 x\n")
    (tmp_path / "qrels.txt").write_text("1 0 a 1\n")
    add = ("sh", "mnemic add ./data --collection papers scifact --encoder none")
    printed([add, folder, weigh, vectors, files], tmp_path, MNEMIC_CACHE=cache)
    assert "pyserini" in java[1]
    written = [(tmp_path / name) for name in ("scifact-json", "papers-weights", "vectors")]
    assert all(any(folder.iterdir()) for folder in written)
    assert (tmp_path / "topics.tsv").read_text() == "1\tfoxes\n"


@pytest.mark.slow
def test_the_evaluation_guide_can_be_typed(tmp_path: Path, cache: str) -> None:
    collect, compare, program = blocks(page("evaluation.md"))
    (measured,) = printed([collect], tmp_path, MNEMIC_CACHE=cache)
    assert "nDCG@10" in measured
    own = tmp_path / "results" / "python-docs.bm25.test.trec"
    (tmp_path / "other.trec").write_text("".join(own.read_text().splitlines(keepends=True)[::2]))
    compared, said = printed([compare, program], tmp_path, MNEMIC_CACHE=cache)
    assert "other" in compared
    assert "longer" in said


def test_the_program_of_the_filter_guide_runs(tmp_path: Path) -> None:
    programs = [block for block in blocks(page("filters.md")) if block[0] == "python"]
    assert printed(programs, tmp_path, MNEMIC_CACHE=str(tmp_path / "empty")) == [""]


@pytest.mark.slow
def test_the_analytics_guide_can_be_typed(tmp_path: Path) -> None:
    smollm2 = str(pulled(["smollm2"]).cache)
    text = page("analytics.md")
    _, asked, program, reported, in_python = printed(blocks(text), tmp_path, MNEMIC_CACHE=smollm2)
    (shown,) = re.findall(r"^```\n(after .*?)^```", text, re.MULTILINE | re.DOTALL)
    assert "".join(line.rstrip() + "\n" for line in asked.splitlines()).startswith(shown)
    assert "(the last 4 tokens of 7)" in asked
    assert " Spain 1 0.5" in program
    assert re.search(r"^q1 .* it  ", reported, re.MULTILINE)
    assert "<mark" in (tmp_path / "report.html").read_text("utf-8")
    assert in_python.startswith("0.5 token")
