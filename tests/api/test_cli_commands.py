"""Every command in process: what it prints, as JSON and for people, and how it ends."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.api.inprocess import ROWS, answer, call
from tests.api.shell import corpus

from mnemic.api.cli.app import cli

if TYPE_CHECKING:
    from pathlib import Path


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
