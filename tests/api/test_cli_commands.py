"""Every command in process: what it prints, as JSON and for people, and how it ends."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from tests.api.shell import corpus

from mnemic.api.cli.app import cli

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ROWS = [
    {"_id": "a", "title": "FIRST", "text": "single token reranking", "metadata": {"year": 2024}},
    {"_id": "b", "title": "", "text": "a token \x1b[31m is but one small piece", "metadata": {}},
    {"_id": "c", "text": "dense retrieval 漢字"},
]


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def answer(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    result = call(*arguments, "--json")
    assert result.exit_code == code, result.output
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.fixture
def data(tmp_path: Path, source: Path) -> Path:
    folder = tmp_path / "data"
    assert call("add", folder, "-c", "papers", source).exit_code == 0
    return folder


def test_add_reports_what_became_of_every_record(tmp_path: Path, source: Path) -> None:
    report = answer("add", tmp_path / "data", "--collection", "papers", source)
    counts = {key: value for key, value in report.items() if key != "seconds"}
    assert counts == {
        "collection": "papers",
        "added": 3,
        "replaced": 0,
        "skipped": 0,
        "same_content": 0,
        "records": 3,
        "resumed_at": 0,
        "without_text": 0,
        "errors": 0,
        "first_errors": [],
        "skipped_files": 0,
        "first_skipped": [],
        "documents": 3,
        "encoded": 0,
        "pending": 0,
        "encoders": [],
    }


def test_add_warns_of_documents_without_text(tmp_path: Path, source: Path) -> None:
    source.write_text('{"_id": "a", "text": null}\n{"_id": "b"}\n{"_id": "c", "title": "T"}\n')
    result = call("add", tmp_path / "data", "-c", "p", source, "--strict")
    assert result.exit_code == 0
    assert "3 added" in result.stdout
    assert "warning: 2 documents without text" in result.stderr
    assert answer("add", tmp_path / "data", "-c", "p", source)["without_text"] == 2


def test_files_of_unknown_type_in_a_folder_are_skipped(tmp_path: Path, source: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    source.rename(folder / "rows.jsonl")
    (folder / "photo.png").write_bytes(b"PNG")
    result = call("add", tmp_path / "data", "-c", "p", folder, "--strict")
    assert result.exit_code == 0
    assert "1 file of unknown type skipped" in result.stderr
    assert "bad" not in result.stderr
    report = answer("add", tmp_path / "data", "-c", "p", folder)
    assert (report["errors"], report["skipped_files"]) == (0, 1)
    assert report["first_skipped"] == [str(folder / "photo.png")]


def test_a_folder_in_which_everything_is_skipped_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "photo.png").write_bytes(b"PNG")
    result = call("add", tmp_path / "data", "-c", "p", tmp_path / "in")
    assert result.exit_code == 4
    assert "nothing was read; 1 file skipped" in result.stderr


def test_a_place_with_nothing_to_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "rows.jsonl").touch()
    for place in ("in", "rows.jsonl"):
        result = call("add", tmp_path / "data", "-c", "p", tmp_path / place)
        assert result.exit_code == 0
        assert result.stderr.startswith(f"nothing to read was found in {tmp_path / place}\n")
    result = CliRunner().invoke(cli, ["add", str(tmp_path / "data"), "-c", "p", "-"], input="")
    assert result.stderr.startswith("nothing to read was found in stdin\n")


@pytest.mark.parametrize(
    "command",
    [
        *(["search", "{data}", "token"], ["reindex", "{data}"], ["inspect", "{data}"]),
        *(["compact", "{data}"], ["get", "{data}", "a"], ["grant", "{data}", "bob", "reader"]),
    ],
)
def test_a_mistyped_collection_leads_to_those_that_exist(data: Path, command: list[str]) -> None:
    result = call(*(each.replace("{data}", str(data)) for each in command), "-c", "paper")
    assert result.exit_code == 3
    hint = f"'mnemic inspect {data}' lists those that exist."
    assert result.stderr == f"error: collection 'paper' does not exist\nhint: {hint}\n"


def test_a_grant_that_is_not_there_is_no_missing_collection(data: Path) -> None:
    result = call("grant", data, "bob", "none", "-c", "papers")
    assert result.exit_code == 3
    assert "mnemic inspect" not in result.stderr


def test_a_missing_title_leaves_no_gap_side_by_side(data: Path) -> None:
    both = ("--retriever", "bm25", "--retriever", "rrf(bm25)")
    shown = call("search", data, "retrieval small", "-c", "papers", *both).stdout
    rows = [line.split("│")[2].strip() for line in shown.splitlines() if line.startswith("│")]
    assert (len(rows), "" in rows) == (5, False)


def test_a_mistyped_field_leaves_the_stored_text(data: Path, source: Path) -> None:
    result = call("add", data, "-c", "papers", source, "--text-field", "txet")
    assert result.exit_code == 4
    assert "no field 'txet' among '_id'" in result.stderr
    assert (
        answer("get", data, "-c", "papers", "a")["documents"][0]["text"] == "single token reranking"
    )


@pytest.mark.parametrize(("given", "shared"), [([], 3), (["--overlap", "0"], 0)])
def test_small_passages_need_no_overlap_option(
    tmp_path: Path, source: Path, given: list[str], shared: int
) -> None:
    text = " ".join(f"One two w{number}." for number in range(20))
    source.write_text(json.dumps({"_id": "a", "text": text}) + "\n")
    call("add", tmp_path / "data", "-c", "p", source, "--chunk", "15", *given)
    first, second = answer("get", tmp_path / "data", "-c", "p", "a#1", "a#2")["documents"]
    start, end = second["metadata"]["start"], first["metadata"]["end"]
    assert len(text[start:end].split()) == shared


def test_add_again_skips_what_has_not_changed(data: Path, source: Path) -> None:
    assert answer("add", data, "-c", "papers", source)["skipped"] == 3
    source.write_text(json.dumps({"_id": "a", "text": "other"}) + "\n")
    report = answer("add", data, "-c", "papers", source)
    assert (report["replaced"], report["documents"]) == (1, 3)


def test_add_can_refuse_or_skip_what_exists(data: Path, source: Path) -> None:
    refused = call("add", data, "-c", "papers", source, "--on-duplicate", "error")
    assert refused.exit_code == 1
    assert "error: " in refused.stderr
    skipped = answer("add", data, "-c", "papers", source, "--on-duplicate", "skip")
    assert skipped["skipped"] == 3


def test_add_reads_a_folder_of_many_formats(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "one.txt").write_text("plain words")
    (folder / "two.md").write_text("# Heading\n\nmarked words")
    (folder / "three.csv").write_text("key,body\nk1,tabled words\n")
    fields = ("--id-field", "key", "--text-field", "body")
    report = answer("add", tmp_path / "data", "-c", "notes", folder, *fields)
    assert report["added"] == 3
    found = answer("search", tmp_path / "data", "words", "-c", "notes")
    assert len(found["hits"]) == 3


def test_add_stores_passages_that_point_into_their_document(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    text = " ".join(f"Sentence number {i} is here." for i in range(100))
    path.write_text(json.dumps({"_id": "long", "text": text}))
    options = ("--chunk", "20", "--overlap", "5")
    assert answer("add", tmp_path / "d", "-c", "p", path, *options)["added"] > 5
    [hit] = answer("search", tmp_path / "d", "-c", "p", "number 37", "-k", "1")["hits"]
    place = hit["metadata"]
    assert place["document"] == "long"
    assert text[place["start"] : place["end"]] == hit["text"]


def test_add_reports_bad_records_and_keeps_the_good(tmp_path: Path) -> None:
    path, log = tmp_path / "bad.jsonl", tmp_path / "errors.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n{broken\n{"text": "no id"}\n[1]\n')
    result = call("add", tmp_path / "d", "-c", "p", path, "--errors", log)
    assert result.exit_code == 0
    assert f"{path}:2: " in result.stderr
    assert "warning: 3 bad records" in result.stderr
    assert [json.loads(line)["line"] for line in log.read_text().splitlines()] == [2, 3, 4]
    assert call("add", tmp_path / "d", "-c", "p", path, "--strict").exit_code == 4


def test_add_shows_twenty_bad_records_and_counts_all(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n' + "{\n" * 50)
    result = call("add", tmp_path / "d", "-c", "p", path)
    assert result.stderr.count(f"{path}:") == 20
    assert "warning: 50 bad records" in result.stderr


def test_add_of_nothing_readable_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{\n" * 3)
    report = answer("add", tmp_path / "d", "-c", "p", path, code=4)
    assert (report["errors"], report["documents"]) == (3, 0)
    assert [each["line"] for each in report["first_errors"]] == [1, 2, 3]
    assert answer("inspect", tmp_path / "d")["collections"] == []


def test_add_of_a_missing_file_makes_nothing(tmp_path: Path) -> None:
    assert call("add", tmp_path / "d", "-c", "p", tmp_path / "none").exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_search_answers_in_one_object(data: Path) -> None:
    options = ("--retriever", "bm25", "-k", "1", "--explain", "--filter", '{"year": 2024}')
    found = answer("search", data, "--collection", "papers", "token", *options)
    [hit] = found.pop("hits")
    common = {"query": "token", "collection": "papers", "notes": []}
    assert found == {**common, "retriever": "bm25"}
    assert set(hit) == {
        "id", "score", "title", "text", "snippet", "passage", "metadata", "explanation"
    }  # fmt: skip
    assert (hit["id"], hit["title"], hit["metadata"]) == ("a", "FIRST", {"year": 2024})
    start, end = hit["passage"]
    assert hit["text"][start:end] == hit["snippet"]
    assert hit["explanation"]["value"] == pytest.approx(hit["score"])


def test_search_shows_hits_without_obeying_their_text(data: Path) -> None:
    result = call("search", data, "-c", "papers", "token", "--explain")
    assert "1. a" in result.stdout
    assert "term 'token'" in result.stdout
    assert "\x1b" not in result.stdout
    assert "\\x1b[31m" in result.stdout
    assert "nothing found" in call("search", data, "-c", "papers", "zebra").stdout


def test_get_delete_and_erase(data: Path) -> None:
    documents = answer("get", data, "-c", "papers", "c", "a")["documents"]
    assert [document["id"] for document in documents] == ["c", "a"]
    assert "FIRST" in call("get", data, "-c", "papers", "a").stdout
    assert call("get", data, "-c", "papers", "a", "zzz").exit_code == 3
    assert answer("delete", data, "-c", "papers", "a", "zzz")["deleted"] == 1
    receipt = answer("delete", data, "-c", "papers", "b", "zzz", "--erase")
    assert (receipt["erased"], receipt["missing"]) == (1, ["zzz"])
    assert call("delete", data, "-c", "papers", "a").exit_code == 3


def test_inspect_and_compact(data: Path) -> None:
    call("add", data, "-c", "papers", corpus(data.parent / "more.jsonl", 50))
    [row] = answer("inspect", data, "--collection", "papers")["collections"]
    assert (row["name"], row["documents"], row["segments"], row["tail"]) == ("papers", 53, 2, 0)
    assert row["analyzer"]["language"] == "english"
    call("delete", data, "-c", "papers", "a")
    [row] = answer("compact", data)["collections"]
    assert (row["before"]["segments"], row["after"]["segments"]) == (2, 1)
    assert row["after"]["deleted"] == 0
    assert "papers" in call("inspect", data).stdout
    assert "papers: " in call("compact", data, "-c", "papers").stdout


def test_export_round_trips_through_add(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    written = answer("export", data, "-c", "papers", "--out", out)
    assert (written["documents"], written["bytes"]) == (3, out.stat().st_size)
    call("add", tmp_path / "copy", "-c", "papers", out)
    again = tmp_path / "again.jsonl"
    call("export", tmp_path / "copy", "-c", "papers", "--out", again)
    assert again.read_bytes() == out.read_bytes()
    assert json.loads(out.read_text().splitlines()[0]) == ROWS[0]


def test_doctor_looks_at_the_machine_and_the_folder(data: Path) -> None:
    assert answer("doctor")["ok"]
    states = {check["name"]: check["state"] for check in answer("doctor", data)["checks"]}
    assert states["collection papers"] == states["catalogue"] == states["native core"] == "ok"


def test_doctor_finds_damage_and_repairs_it(data: Path) -> None:
    for file in (data / "collections").rglob("*.sparse*"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    assert call("search", data, "-c", "papers", "token").exit_code == 5
    damaged = answer("doctor", data, code=5)
    assert "corrupt" in {check["state"] for check in damaged["checks"]}
    assert call("doctor", data, "--repair").exit_code == 0
    assert call("doctor", data).exit_code == 0
    assert len(answer("search", data, "-c", "papers", "token")["hits"]) == 2


def test_doctor_warns_of_a_large_collection_without_manifest(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnemic.retrieval.collections.writer.FLUSH_DOCUMENTS", 2)
    shutil.rmtree(data / "collections")
    result = call("doctor", data)
    assert result.exit_code == 0
    assert "no MANIFEST.json: 3 documents are replayed" in result.stdout
    assert "--repair" in result.stdout
    repaired = answer("doctor", data, "--repair")["checks"][-1]
    assert (repaired["state"], repaired["name"]) == ("repaired", "collection papers")
    assert "MANIFEST.json" not in call("doctor", data).stdout


def test_doctor_sends_a_damaged_catalogue_to_its_backup(data: Path) -> None:
    with sqlite3.connect(data / "catalogue.sqlite", isolation_level=None) as catalogue:
        catalogue.execute("UPDATE documents SET metadata = '{broken' WHERE id = 'a'")
    catalogue.close()
    for more in ([], ["--repair"]):
        result = call("doctor", data, *more)
        assert result.exit_code == 5
        assert "Restore the catalogue from a backup." in result.stdout
        assert "--repair" not in result.stdout


def test_grant_lets_in_and_none_shuts_out(data: Path) -> None:
    asked = ("search", data, "-c", "papers", "token", "--actor", "bob")
    assert call(*asked).exit_code == 1
    granted = answer("grant", data, "bob", "reader", "-c", "papers")
    assert granted == {"collection": "papers", "actor": "bob", "role": "reader"}
    assert call(*asked).exit_code == 0
    assert call("grant", data, "bob", "none", "-c", "papers").exit_code == 0
    assert call(*asked).exit_code == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    result = call("completion", shell)
    assert result.exit_code == 0
    assert "_MNEMIC_COMPLETE" in result.stdout


def test_completion_knows_commands_and_collections(data: Path) -> None:
    def complete(words: str, place: int) -> str:
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(place)}
        environment["_MNEMIC_COMPLETE"] = "bash_complete"
        return CliRunner().invoke(cli, [], env=environment, prog_name="mnemic").stdout

    assert "plain,search" in complete("mnemic sea", 1)
    assert "plain,papers" in complete(f"mnemic search {data} q --collection pa", 5)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["search", "{data}", "token"], 2),
        (["search", "{data}", "token", "-c", "papers", "--nope"], 2),
        (["search", "{data}", "token", "-c", "papers", "-k", "many"], 2),
        (["nope"], 2),
        (["search", "{data}", "token", "-c", "none"], 3),
        (["search", "{data}/none", "token", "-c", "papers"], 3),
        (["search", "{data}", "token", "-c", "papers", "-k", "-1"], 4),
        (["search", "{data}", "token", "-c", "a\nb"], 4),
        (["search", "{data}", "token", "-c", "papers", "--filter", "{"], 4),
        (["search", "{data}", "token", "-c", "papers", "--filter", "[1]"], 4),
        (["search", "{data}", "token", "-c", "papers", "--filter", '{"$no": 1}'], 4),
        (["search", "{data}", "token", "-c", "papers", "--filter", "[" * 10**5], 4),
        (["search", "{data}", "token", "-c", "papers", "--retriever", "nope"], 4),
        (["search", "{data}", "token", "-c", "papers", "--retriever", "dense"], 1),
        (["search", "{data}/catalogue.sqlite", "token", "-c", "papers"], 4),
        (["add", "{data}", "-c", "papers", "-", "x"], 2),
        (["add", "{data}", "-c", "new", "{data}", "--language", "klingon", "--format", "text"], 4),
        (["add", "{data}", "-c", "papers", "{source}", "--language", "german"], 1),
        (["export", "{data}", "-c", "papers", "--out", "{data}/no/such/file"], 3),
        (["doctor", "{data}/none"], 3),
        (["doctor", "{data}/collections"], 3),
        (["delete", "{data}", "-c", "papers", "zzz"], 3),
        (["grant", "{data}", "bob", "none", "-c", "papers"], 3),
        (["get", "{data}", "-c", "papers", "zzz"], 3),
    ],
)
def test_every_failure_has_its_code_and_one_problem_object(
    data: Path, source: Path, arguments: list[str], code: int
) -> None:
    filled = [each.replace("{data}", str(data)).replace("{source}", str(source))
              for each in arguments]  # fmt: skip
    plain = call(*filled)
    assert plain.exit_code == code, plain.output
    assert "error: " in plain.stderr
    assert "Traceback" not in plain.output
    as_json = call(*filled, "--json")
    assert (as_json.exit_code, as_json.stdout) == (code, "")
    body = json.loads(as_json.stderr)
    assert set(body) == {"type", "title", "status", "detail", "hint"}
    assert body["detail"]


@pytest.mark.parametrize("name", ["../x", "'; DROP TABLE x; --", "-x", "漢字 🙂", "[red]x[/]"])
def test_hostile_collection_names_are_only_names(tmp_path: Path, name: str) -> None:
    source = corpus(tmp_path / "c.jsonl", 3)
    assert answer("add", tmp_path / "d", f"--collection={name}", source)["added"] == 3
    found = answer("search", tmp_path / "d", "number2", f"--collection={name}")
    assert [hit["id"] for hit in found["hits"]] == ["d2"]
    shown = call("inspect", tmp_path / "d").stdout
    assert all(word in shown for word in name.split())
    assert {path.name for path in tmp_path.iterdir()} == {"c.jsonl", "d"}


def test_version_and_help() -> None:
    assert call("--version").stdout == "mnemic, version 0.1.0\n"
    assert "Examples:" in call("--help").stdout
    assert call().exit_code == 2
