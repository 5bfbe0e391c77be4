"""Vectors from the command line: add, reindex, search, inspect and doctor with a real model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.api.shell import MNEMIC, run
from tests.endpoint_server import KEY, endpoint_server
from tests.models import pulled

if TYPE_CHECKING:
    from pathlib import Path

PETS = {
    "cat": "The cat sleeps on the warm sofa.",
    "dog": "A puppy chases its tail in the garden.",
    "tax": "The ministry of finance raises duties on imports.",
    "sea": "Waves break against the harbour wall.",
}
QUESTION = "young hound playing"


@pytest.fixture(scope="module")
def model() -> dict[str, str]:
    return {"MNEMIC_CACHE": str(pulled(["minilm", "wordllama"]).cache)}


def answer(*arguments: str | Path, **environment: str) -> dict[str, Any]:
    done = run(*arguments, "--json", **environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def lines(path: Path, count: int = 0) -> Path:
    texts = {**PETS, **{f"n{i}": f"{' '.join(PETS.values())} number {i}" for i in range(count)}}
    rows = [json.dumps({"_id": name, "text": text}) + "\n" for name, text in texts.items()]
    path.write_text("".join(rows))
    return path


@pytest.fixture
def data(tmp_path: Path, model: dict[str, str]) -> Path:
    answer("add", tmp_path / "data", "-c", "p", lines(tmp_path / "p.jsonl"), **model)
    return tmp_path / "data"


def test_add_encodes_with_the_model_that_is_there(tmp_path: Path, model: dict[str, str]) -> None:
    command = ("add", tmp_path / "data", "-c", "p", lines(tmp_path / "p.jsonl"))
    report = answer(*command, **model)
    assert (report["added"], report["encoded"], report["pending"]) == (4, 4, 0)
    [encoder] = report["encoders"]
    assert (encoder["role"], encoder["model"], encoder["passages"]) == ("dense", "minilm", 4)
    again = answer(*command, **model)
    assert (again["skipped"], again["encoded"]) == (4, 0)


def test_without_a_model_the_words_count_and_one_line_says_so(tmp_path: Path) -> None:
    command = ("add", tmp_path / "data", "-c", "p", lines(tmp_path / "p.jsonl"))
    done = run(*command)
    [note] = done.stderr.splitlines()
    assert "by words alone" in note
    assert "mnemic models pull minilm" in note
    assert f"mnemic reindex {tmp_path / 'data'} --collection p --encoder minilm" in note
    assert run(*command).stderr == ""


def test_words_alone_can_be_asked_for(tmp_path: Path, model: dict[str, str]) -> None:
    command = ("add", tmp_path / "data", "-c", "p", lines(tmp_path / "p.jsonl"))
    done = run(*command, "--encoder", "none", **model)
    assert (done.returncode, done.stderr) == (0, "")
    found = run("search", tmp_path / "data", "-c", "p", QUESTION, **model)
    [note] = found.stderr.splitlines()
    assert note.startswith("note: collection 'p' has no vectors")
    assert "nothing found by bm25" in found.stdout


def test_two_encoders_of_one_kind_are_refused(tmp_path: Path, model: dict[str, str]) -> None:
    command = ("add", tmp_path / "data", "-c", "p", lines(tmp_path / "p.jsonl"))
    done = run(*command, "--encoder", "minilm", "--encoder", "wordllama", **model)
    assert done.returncode == 4
    assert "one kind" in done.stderr
    done = run(*command, "--encoder", "minilm", "--encoder", "none", **model)
    assert done.returncode == 2


def test_a_model_that_is_not_there_fails_before_anything_is_stored(tmp_path: Path) -> None:
    command = ("add", tmp_path / "data", "-c", "p", lines(tmp_path / "p.jsonl"))
    done = run(*command, "--encoder", "minilm", "--json")
    problem = json.loads(done.stderr)
    assert (done.returncode, done.stdout) == (3, "")
    assert "mnemic models pull minilm" in problem["hint"]
    assert answer("inspect", tmp_path / "data")["collections"] == []


def test_another_encoder_than_the_collections_is_refused(
    data: Path, tmp_path: Path, model: dict[str, str]
) -> None:
    source = lines(tmp_path / "p.jsonl")
    done = run("add", data, "-c", "p", source, "--encoder", "wordllama", **model)
    assert done.returncode == 1
    assert "has the encoders ['minilm']" in done.stderr


def test_documents_wait_until_reindex(tmp_path: Path, model: dict[str, str]) -> None:
    folder, source = tmp_path / "data", lines(tmp_path / "p.jsonl")
    report = answer("add", folder, "-c", "p", source, "--no-encode", **model)
    assert (report["encoded"], report["pending"]) == (0, 4)
    done = answer("reindex", folder, "-c", "p", **model)
    assert (done["encoded"], done["pending"], done["documents"]) == (4, 0, 4)
    assert "nothing waited" in run("reindex", folder, "-c", "p", **model).stdout


def test_reindex_changes_and_removes_the_encoder(data: Path, model: dict[str, str]) -> None:
    done = answer("reindex", data, "-c", "p", "--encoder", "wordllama", **model)
    assert [item["model"] for item in done["encoders"]] == ["wordllama"]
    assert done["encoded"] == 4
    done = answer("reindex", data, "-c", "p", "--encoder", "none", **model)
    assert (done["encoders"], done["pending"]) == ([], 0)


@pytest.mark.parametrize("encoder", ["default", "minilm"])
def test_reindex_under_a_model_that_is_not_there_changes_nothing(data: Path, encoder: str) -> None:
    done = run("reindex", data, "-c", "p", "--encoder", encoder)
    assert done.returncode == 3
    assert "mnemic models pull minilm" in done.stderr
    [row] = answer("inspect", data)["collections"]
    assert [(item["model"], item["documents"]) for item in row["encoders"]] == [("minilm", 4)]


def test_search_is_hybrid_and_says_who_answered(data: Path, model: dict[str, str]) -> None:
    found = answer("search", data, "-c", "p", QUESTION, **model)
    assert found["retriever"] == "z-score(bm25,dense)/1000"
    assert (found["hits"][0]["id"], found["notes"]) == ("dog", [])
    shown = run("search", data, "-c", "p", QUESTION, "--retriever", "dense", "-k", "2", **model)
    assert "2 hits by dense" in shown.stdout
    explained = answer("search", data, "-c", "p", "cat", "--explain", **model)
    assert explained["hits"][0]["explanation"]["parts"]


def test_passages_are_hits_of_their_own(data: Path, tmp_path: Path, model: dict[str, str]) -> None:
    (tmp_path / "long.jsonl").write_text(
        json.dumps({"_id": "long", "text": " ".join(list(PETS.values()) * 30)}) + "\n"
    )
    answer("add", data, "-c", "p", tmp_path / "long.jsonl", **model)
    found = answer("search", data, "-c", "p", QUESTION, "--per-passage", **model)
    spans = [tuple(hit["passage"]) for hit in found["hits"] if hit["id"] == "long"]
    assert found["retriever"] == "dense"
    assert len(set(spans)) == len(spans) > 1


def test_several_retrievers_answer_side_by_side(data: Path, model: dict[str, str]) -> None:
    names = ["bm25", "dense", "rrf(bm25@1,dense@2)"]
    options = [part for name in names for part in ("--retriever", name)]
    found = answer("search", data, "-c", "p", "cat hound", *options, **model)
    assert [row["retriever"] for row in found["rankings"]] == names
    assert found["query"] == "cat hound"
    shown = run("search", data, "-c", "p", "cat hound", *options, "-k", "2", **model)
    assert all(name in shown.stdout for name in ("bm25", "dense", "rrf("))


@pytest.mark.parametrize("name", ["rrf(bm25", "sum(bm25,dense)", "rrf(bm25@x)", "densest"])
def test_a_wrong_retriever_is_bad_input(data: Path, model: dict[str, str], name: str) -> None:
    done = run("search", data, "-c", "p", "cat", "--retriever", name, **model)
    assert (done.returncode, done.stdout) == (4, "")
    assert "hint: " in done.stderr


def test_a_missing_model_is_noted_and_the_words_answer(data: Path) -> None:
    found = answer("search", data, "-c", "p", "cat")
    assert found["retriever"] == "bm25"
    assert any("minilm is not pulled" in note for note in found["notes"])
    assert "note: " in run("search", data, "-c", "p", "cat").stderr
    done = run("search", data, "-c", "p", "cat", "--retriever", "dense")
    assert done.returncode == 3
    assert "mnemic models pull minilm" in done.stderr


def test_a_missing_model_leaves_documents_waiting(data: Path, tmp_path: Path) -> None:
    (tmp_path / "new.jsonl").write_text('{"_id": "new", "text": "something new"}\n')
    done = run("add", data, "-c", "p", tmp_path / "new.jsonl")
    left, error, hint = done.stderr.splitlines()
    assert done.returncode == 3
    assert "5 documents stored" in left
    assert "1 of them without vectors" in left
    assert f"mnemic reindex {data} --collection p" in left
    assert "minilm is not pulled" in error
    assert "mnemic models pull minilm" in hint


def test_a_wrong_encoder_is_the_only_fault_where_nothing_waits(data: Path) -> None:
    done = run("reindex", data, "-c", "p", "--encoder", "bogus")
    assert done.returncode == 4
    assert done.stderr.startswith("error: ")


def test_who_waits_for_a_killed_process_is_told_so(tmp_path: Path, model: dict[str, str]) -> None:
    folder, source = tmp_path / "data", lines(tmp_path / "p.jsonl", 10_000)
    add = ["add", str(folder), "-c", "p", str(source)]
    with subprocess.Popen(
        [*MNEMIC, *add], stderr=subprocess.PIPE, text=True, env={**os.environ, **model}
    ) as child:
        assert child.stderr is not None
        assert "documents encoded" in child.stderr.readline()
        child.kill()
    with subprocess.Popen(
        [*MNEMIC, *add], stderr=subprocess.PIPE, text=True, env={**os.environ, **model}
    ) as child:
        assert child.stderr is not None
        first = child.stderr.readline()
        child.kill()
    assert first.startswith("waiting for another process that encodes")


def test_inspect_and_doctor_know_the_vectors(data: Path, model: dict[str, str]) -> None:
    [row] = answer("inspect", data, **model)["collections"]
    [encoder] = row["encoders"]
    assert (encoder["passages"], encoder["pending"], encoder["problem"]) == (4, 0, "")
    assert (
        "p: dense vectors by minilm: 4 documents in 4 passages"
        in run("inspect", data, **model).stdout
    )
    checks = {check["name"]: check for check in answer("doctor", data, **model)["checks"]}
    assert checks["dense vectors of p"]["state"] == "ok"
    assert checks["model minilm"]["state"] == "ok"


def test_vectors_that_are_not_searched_yet_are_called_new(
    data: Path, model: dict[str, str]
) -> None:
    with endpoint_server() as server:
        there = {"MNEMIC_OPENAI_BASE_URL": server.url, "MNEMIC_OPENAI_API_KEY": KEY, **model}
        done = run("reindex", data, "-c", "p", "--encoder", "openai:nosuch", **there)
    assert (done.returncode, "4 of them without vectors" in done.stderr) == (3, True)
    [row] = answer("inspect", data, **model)["collections"]
    assert [item["role"] for item in row["encoders"]] == ["dense", "dense-next"]
    inspected, checked = (run(name, data, **model).stdout for name in ("inspect", "doctor"))
    assert "new dense vectors, not searched yet, by openai:nosuch: 0 documents" in inspected
    assert "new dense vectors, not searched yet, of p: openai:nosuch" in checked
    assert "dense-next" not in inspected + checked


def test_doctor_has_the_command_that_cures(data: Path, model: dict[str, str]) -> None:
    checks = {check["name"]: check for check in answer("doctor", data)["checks"]}
    missing = checks["dense vectors of p"]
    assert (missing["state"], "minilm is not pulled" in missing["detail"]) == ("warning", True)
    assert "mnemic models pull minilm" in missing["hint"]
    [row] = answer("inspect", data)["collections"]
    assert "minilm is not pulled" in row["encoders"][0]["problem"]


def test_doctor_finds_documents_that_wait(tmp_path: Path, model: dict[str, str]) -> None:
    folder = tmp_path / "data"
    answer("add", folder, "-c", "p", lines(tmp_path / "p.jsonl"), "--no-encode", **model)
    checks = {check["name"]: check for check in answer("doctor", folder, **model)["checks"]}
    waiting = checks["dense vectors of p"]
    assert waiting["state"] == "warning"
    assert waiting["hint"] == f"mnemic reindex {folder} --collection p"


def test_an_interrupt_while_encoding_keeps_what_is_done(
    tmp_path: Path, model: dict[str, str]
) -> None:
    folder, source = tmp_path / "data", lines(tmp_path / "p.jsonl", 10_000)
    command = [*MNEMIC, "add", str(folder), "-c", "p", str(source)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, **model}
    ) as child:
        assert child.stderr is not None
        # The first line says that encoding has begun.
        first = child.stderr.readline()
        child.send_signal(signal.SIGINT)
        rest = child.stderr.read()
    assert "documents encoded" in first
    assert child.returncode == 130
    assert "10,004 documents stored" in rest
    assert f"mnemic reindex {folder} --collection p" in rest
    [row] = answer("inspect", folder, **model)["collections"]
    assert 0 < row["pending"] < row["documents"] == 10_004
