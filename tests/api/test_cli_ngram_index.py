"""mnemic ngram index: tokens of a model beside the documents, from the command line."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.api.shell import answer, corpus, run
from tests.models import pulled
from tests.unit.llm.tokenizers import characters, words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten documents, found by their words alone."""
    source = corpus(tmp_path / "p.jsonl", 10)
    answer("add", tmp_path / "data", "-c", "p", source, "--encoder", "none")
    return tmp_path / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return characters(tmp_path / "tokenizer")


def test_tokens_are_made_and_follow_what_is_added(data: Path, folder: Path, tmp_path: Path) -> None:
    made = answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    [tokens] = made["tokens"]
    assert (made["tokenised"], made["documents"], tokens["pending"]) == (10, 10, 0)
    assert made["substrings"]["bytes"] > 0
    assert made["substrings"]["missing"] == 0
    assert (tokens["role"], tokens["model"], tokens["documents"]) == ("tokens", str(folder), 10)
    added = answer("add", data, "-c", "p", corpus(tmp_path / "more.jsonl", 3, prefix="m"))
    assert (added["encoded"], added["tokens"][0]["documents"]) == (3, 13)
    assert answer("ngram", "index", data, "-c", "p")["tokenised"] == 0


def test_what_was_left_is_done_by_the_same_command_or_by_reindex(
    data: Path, folder: Path, tmp_path: Path
) -> None:
    answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    for step, command in enumerate((("ngram", "index"), ("reindex",))):
        more = corpus(tmp_path / "more.jsonl", 2, prefix=f"m{step}")
        waiting = answer("add", data, "-c", "p", more, "--no-encode")
        assert waiting["tokens"][0]["pending"] == 2
        done = answer(*command, data, "-c", "p")
        assert done["tokens"][0]["pending"] == 0


def test_the_default_is_the_small_model_where_it_is_pulled(data: Path) -> None:
    cache = str(pulled(["smollm2"]).cache)
    done = run("ngram", "index", data, "-c", "p", MNEMIC_CACHE=cache)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("10 documents tokenised; p has substrings of 10 documents")
    assert "and tokens of 10 documents by smollm2" in done.stdout


def test_without_a_tokenizer_the_substrings_count_and_the_command_is_named(
    data: Path, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "empty")
    done = run("ngram", "index", data, "-c", "p", MNEMIC_CACHE=nowhere)
    assert done.returncode == 0, done.stderr
    assert "p has substrings of 10 documents" in done.stdout
    assert "mnemic models pull smollm2" in done.stdout
    named = run("ngram", "index", data, "-c", "p", "--tokenizer", "smollm2", MNEMIC_CACHE=nowhere)
    assert named.returncode == 3
    assert "mnemic models pull smollm2" in named.stderr


def test_tokens_can_be_dropped(data: Path, folder: Path) -> None:
    answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    assert answer("ngram", "index", data, "-c", "p", "--tokenizer", "none")["tokens"] == []


def test_another_tokenizer_takes_over(data: Path, folder: Path, tmp_path: Path) -> None:
    answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    other = characters(tmp_path / "other", prefix="one more")
    made = answer("ngram", "index", data, "-c", "p", "--tokenizer", other)
    assert [item["model"] for item in made["tokens"]] == [str(other)]


def test_inspect_and_doctor_show_the_tokens(data: Path, folder: Path, tmp_path: Path) -> None:
    answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    [row] = answer("inspect", data)["collections"]
    assert row["tokens"][0]["documents"] == 10
    assert "tokens in 10 documents" in run("inspect", data).stdout
    assert f"ok  tokens of p: {folder}" in run("doctor", data).stdout
    answer("add", data, "-c", "p", corpus(tmp_path / "more.jsonl", 2, prefix="m"), "--no-encode")
    checked = run("doctor", data)
    assert "2 documents without" in checked.stdout
    assert checked.stderr == ""
    shutil.rmtree(folder)
    assert f"{folder} is no folder" in run("doctor", data).stdout


@pytest.mark.parametrize("tokenizer", ["", "."])
def test_what_is_no_tokenizer_is_refused(data: Path, tmp_path: Path, tokenizer: str) -> None:
    done = run("ngram", "index", data, "-c", "p", "--tokenizer", tokenizer, "--json")
    assert done.returncode in (3, 4)
    assert json.loads(done.stderr)["title"]


def test_a_collection_that_is_not_there_is_not_found(data: Path) -> None:
    assert run("ngram", "index", data, "-c", "q").returncode == 3


def test_dropping_tokens_is_said_and_asks_for_nothing(data: Path) -> None:
    done = run("ngram", "index", data, "-c", "p", "--tokenizer", "none")
    assert done.stdout.startswith("tokens dropped; p has substrings of 10 documents")
    assert "mnemic models pull" not in done.stdout


def test_a_tokenizer_that_loses_text_is_noted(data: Path, tmp_path: Path) -> None:
    lossy = words(tmp_path / "words", ["[UNK]", "text"], unknown="[UNK]")
    made = answer("ngram", "index", data, "-c", "p", "--tokenizer", lossy)
    assert ["do not keep texts as they are" in note for note in made["notes"]] == [True]
    found = answer("ngram", "distribution", data, "-c", "p", "text")
    assert ["do not keep texts as they are" in note for note in found["notes"]] == [True]


def test_tokenised_documents_are_not_called_encoded(
    data: Path, folder: Path, tmp_path: Path
) -> None:
    answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    more = corpus(tmp_path / "more.jsonl", 3, prefix="m")
    assert "3 added" in (shown := run("add", data, "-c", "p", more).stdout)
    assert ("3 tokenised" in shown, "encoded" in shown) == (True, False)
    waiting = corpus(tmp_path / "waiting.jsonl", 2, prefix="w")
    answer("add", data, "-c", "p", waiting, "--no-encode")
    assert run("reindex", data, "-c", "p").stdout.startswith("2 documents tokenised; p has tokens")


def test_tokens_that_wait_are_noted_once(data: Path, folder: Path, tmp_path: Path) -> None:
    answer("ngram", "index", data, "-c", "p", "--tokenizer", folder)
    more = corpus(tmp_path / "more.jsonl", 3, prefix="m")
    answer("add", data, "-c", "p", more, "--no-encode")
    done = run("ngram", "distribution", data, "-c", "p", "a")
    assert [line for line in done.stderr.splitlines() if "3 documents" in line] == [
        "note: 3 documents of 'p' have no tokens yet and cannot be found by them"
    ]
