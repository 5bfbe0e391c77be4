"""Anserini on the command line: what it writes, and what is said where Java is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.unit.eval.overlap import write_dataset
from tests.unit.retrieval.anserini.fake_java import java_of_version, script

import mnemic
from mnemic.api.cli.app import cli
from mnemic.retrieval.anserini import read_documents
from mnemic.types import Document

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

DOCUMENTS = [Document(id="b 1", text="red", title="T"), Document(id="a", metadata={"year": 1})]
# Answers -version, an indexing and a search as Anserini does.
ANSERINI = """
if [ "$1" = -version ]; then echo 'openjdk version "21.0.8"' >&2; exit; fi
while [ $# -gt 0 ]; do
  case "$1" in -index) index=$2;; -topics) topics=$2;; -output) output=$2;; esac
  shift
done
if [ -n "$output" ]; then
  while read -r place text; do echo "$place Q0 d1 1 1.0 A"; done < "$topics" > "$output"
else
  touch "$index/segments_1"
  echo 'INFO - indexed:     4'; echo 'INFO - empty:     1'
fi
"""

# Keeps what it was given to index.
KEEP = """
for word in "$@"; do [ "$last" = -input ] && cat "$word"/*.jsonl > "$SEEN"; last=$word; done
"""


def run(*arguments: object, **env: object) -> Result:
    given = {name: str(value) for name, value in env.items()}
    return CliRunner(env=given).invoke(cli, list(map(str, arguments)))


def answer(*arguments: object, **env: object) -> Any:
    result = run(*arguments, "--json", **env)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with mnemic.open(tmp_path / "data") as database:
        database.collection("papers", create=True).add(DOCUMENTS)
    return tmp_path / "data"


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, Path]:
    """Variables that lead to a shell script in Java's place."""
    (tmp_path / "a.jar").touch()
    java = script(tmp_path / "jdk" / "java", ANSERINI)
    return {"MNEMIC_JAVA": java, "MNEMIC_ANSERINI": tmp_path / "a.jar"}


def test_a_collection_is_exported_for_anserini(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "json"
    export = ("export", data, "-c", "papers", "--format", "anserini", "--out", out)
    found = answer(*export)
    assert (found["documents"], found["path"]) == (2, str(out))
    assert found["bytes"] == sum(path.stat().st_size for path in out.iterdir())
    assert list(read_documents(out)) == DOCUMENTS
    again = run(*export)
    assert (again.exit_code, "not empty" in again.stderr) == (1, True)


def test_a_beir_file_is_no_folder(data: Path, tmp_path: Path) -> None:
    result = run("export", data, "-c", "papers", "--out", tmp_path)
    assert (result.exit_code, "is a folder" in result.stderr) == (2, True)


def test_an_index_is_made_and_searched(
    data: Path, tmp_path: Path, machine: dict[str, Path]
) -> None:
    (tmp_path / "json").mkdir()
    made = answer("pyserini", "index", tmp_path / "json", "--out", tmp_path / "i", **machine)
    assert made == {"documents": 4, "empty": 1, "bytes": 0, "path": str(tmp_path / "i")}
    with mnemic.open(data) as database:
        database.collection("papers").add([Document(id="d1", text="foxes")])
    name = f"pyserini:{tmp_path / 'i'}"
    found = answer("search", data, "-c", "papers", "fox", "--retriever", name, **machine)
    assert [(hit["id"], hit["text"]) for hit in found["hits"]] == [("d1", "foxes")]
    refused = run(
        *("search", data, "-c", "papers", "fox", "--retriever", name, "--filter", '{"a": 1}'),
        **machine,
    )
    assert (refused.exit_code, "cannot filter" in refused.stderr) == (1, True)


def test_a_beir_folder_is_indexed_too(tmp_path: Path, machine: dict[str, Path]) -> None:
    pets = write_dataset(tmp_path / "pets")
    seen = tmp_path / "seen"
    script(machine["MNEMIC_JAVA"], f"SEEN='{seen}'{KEEP}{ANSERINI}")
    answer("pyserini", "index", pets, "--out", tmp_path / "i", **machine)
    assert len(list(read_documents(seen))) == 5


def test_the_reference_stands_beside_ours(tmp_path: Path, machine: dict[str, Path]) -> None:
    pets = write_dataset(tmp_path / "pets")
    arguments = ("eval", "run", "--dataset", pets, "--retriever", "bm25", "--retriever", "anserini")
    out = tmp_path / "out"
    ours, reference = answer(*arguments, "--out", out, **machine)["results"]
    assert (ours["retriever"], reference["retriever"]) == ("bm25", "anserini")
    assert (ours["documents"], reference["documents"]) == (5, 5)
    assert (out / "indexes" / "pets.anserini" / "lucene" / "segments_1").exists()
    (_, again) = answer(*arguments, "--out", out, "--resume", **machine)["results"]
    assert again["index_seconds"] == reference["index_seconds"]


def test_an_index_of_another_corpus_is_made_anew(tmp_path: Path, machine: dict[str, Path]) -> None:
    pets, out = write_dataset(tmp_path / "pets"), tmp_path / "out"
    arguments = ("eval", "run", "--dataset", pets, "--retriever", "anserini", "--out", out)
    answer(*arguments, **machine)
    mark = out / "indexes" / "pets.anserini" / "index.json"
    mark.write_text(mark.read_text().replace("a.jar", "b.jar"))
    (out / "indexes" / "pets.anserini" / "lucene" / "stale").touch()
    answer(*arguments, "--resume", **machine)
    assert "a.jar" in mark.read_text()
    assert not (out / "indexes" / "pets.anserini" / "lucene" / "stale").exists()


@pytest.mark.parametrize("jar", [True, False])
def test_what_is_missing_is_said_before_any_work(tmp_path: Path, *, jar: bool) -> None:
    pets, out = write_dataset(tmp_path / "pets"), tmp_path / "out"
    (tmp_path / "a.jar").touch()
    old = java_of_version(tmp_path / "path" / "java", "17").parent
    machine = {"PATH": old, "JAVA_HOME": "", "MNEMIC_CACHE": tmp_path / "cache"}
    machine |= {"MNEMIC_ANSERINI": tmp_path / "a.jar"} if jar else {"MNEMIC_JAVA": old / "java"}
    result = run(
        *("eval", "run", "--dataset", pets, "--retriever", "anserini", "--out", out), **machine
    )
    assert result.exit_code != 0
    assert ("version 17" if jar else "is not here") in result.stderr
    assert not (out / "indexes" / "pets" / "index.json").exists()


def test_a_wheel_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    result = run("pyserini", "pull", "--from", tmp_path, MNEMIC_CACHE=tmp_path / "cache")
    assert (result.exit_code, "pyserini-0.40.0-*.whl" in result.stderr) == (3, True)
