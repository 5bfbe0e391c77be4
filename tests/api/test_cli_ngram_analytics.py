"""mnemic ngram distribution and contamination, on tokens and on bytes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from tests.api.inprocess import answer, call
from tests.unit.retrieval.ngram.corpora import subwords

if TYPE_CHECKING:
    from pathlib import Path

PLACES = {
    "fr": "The capital of France is Paris.",
    "es": "Madrid is the capital of Spain",
    "it": "Rome is the capital of Italy, and \x1b[31m Milan <b> is its centre of fashion.",
}
QUESTIONS = [
    {"id": "copied", "question": "Rome is the capital of Italy, and that is it"},
    {"id": "partly", "question": "Is it true? Madrid is the capital of Spain"},
    {"id": "own", "question": "How tall is Ben Nevis?", "other": "Madrid is the capital of Spain"},
    {"id": "short", "question": "Hm"},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [{"_id": name, "title": name, "text": text} for name, text in PLACES.items()]
    source = written(tmp_path / "places.jsonl", *rows)
    folder = tmp_path / "data"
    answer("add", folder, "-c", "places", source, "--encoder", "none")
    return folder


@pytest.fixture
def indexed(data: Path, tmp_path: Path) -> Path:
    tokenizer = subwords(tmp_path / "tokenizer", [*PLACES.values()])
    answer("ngram", "index", data, "-c", "places", "--tokenizer", tokenizer)
    return data


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return written(tmp_path / "questions.jsonl", *QUESTIONS)


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def distribution(data: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    return answer("ngram", "distribution", data, "-c", "places", *arguments, code=code)


def contamination(data: Path, *arguments: str | Path) -> dict[str, Any]:
    return answer("ngram", "contamination", data, "-c", "places", *arguments)


def following(found: dict[str, Any]) -> dict[str, int]:
    return {each["text"]: each["count"] for each in found["next"]}


def test_a_distribution_of_tokens(indexed: Path) -> None:
    found = distribution(indexed, "the capital of")
    assert following(found) == {" Italy": 1, " Spain": 1}
    assert (found["count"], found["distinct"], found["ends"]["count"]) == (2, 2, 0)
    assert (found["level"], found["collection"], found["pending"]) == ("tokens", "places", 0)
    assert sum(each["probability"] for each in found["next"]) == pytest.approx(1)


def test_the_end_of_a_document_and_of_a_title(indexed: Path) -> None:
    assert distribution(indexed, "of Spain")["ends"] == {"count": 1, "probability": 1.0}
    assert distribution(indexed, "es", "--level", "bytes")["ends"]["count"] == 1


def test_backing_off(indexed: Path) -> None:
    text = " Paris is the capital of"
    assert distribution(indexed, text)["count"] == 0
    found = distribution(indexed, text, "--unbounded", "-k", "1")
    assert (found["count"], found["context"]["text"]) == (2, " is the capital of")
    assert len(found["next"]) == 1
    bounded = distribution(indexed, text, "--unbounded", "--max-context", "1")
    assert bounded["context"]["text"] == " of"


def test_a_distribution_of_bytes_has_to_be_asked_for(data: Path) -> None:
    result = call("ngram", "distribution", data, "-c", "places", "the capital of ")
    assert result.exit_code == 1
    assert "mnemic ngram index" in result.output
    found = distribution(data, "the capital of ", "--level", "bytes")
    assert following(found) == {"I": 1, "S": 1}
    assert (found["level"], found["tokenizer"]) == ("bytes", None)


def test_a_distribution_for_people(indexed: Path) -> None:
    shown = call("ngram", "distribution", indexed, "-c", "places", "the capital of").output
    assert 'after "the capital of" (3 tokens): 2 occurrences, 2 different tokens' in shown
    assert '" Spain"' in shown
    assert "0.5000" in shown
    absent = call("ngram", "distribution", indexed, "-c", "places", "zebra of").output
    assert "does not occur" in absent
    assert "--unbounded" in absent


def test_stored_text_cannot_take_over_the_terminal(indexed: Path) -> None:
    shown = call("ngram", "distribution", indexed, "-c", "places", ", and", "--unbounded").output
    assert "\x1b" not in shown
    read = written(indexed.parent / "hostile.jsonl", {"id": "\x1b[2J", "text": PLACES["it"]})
    shown = call("ngram", "contamination", indexed, "-c", "places", read, "--n", "3").output
    assert "\x1b" not in shown
    assert "100.0%" in shown


def test_contamination_on_both_levels(indexed: Path, questions: Path) -> None:
    for level, unit in [("auto", "token"), ("tokens", "token"), ("bytes", "word")]:
        found = contamination(indexed, questions, "--n", "5", "--level", level)
        assert found["unit"] == unit
        shares = {each["id"]: each["shares"][0]["share"] for each in found["items"]}
        assert shares["copied"] > shares["partly"] > 0
        assert shares["own"] == 0
        assert shares["short"] is None
        assert [each["id"] for each in found["items"]][:2] == ["copied", "partly"]
        longest = found["items"][1]["longest"]
        assert longest["text"].endswith("is the capital of Spain")
        assert longest["document"] == "es"


def test_contamination_falls_back_to_words_and_says_so(data: Path, questions: Path) -> None:
    found = contamination(data, questions, "--n", "5")
    assert (found["level"], found["unit"], found["tokenizer"]) == ("bytes", "word", None)
    assert "words" in found["normalisation"]
    shown = call("ngram", "contamination", data, "-c", "places", questions).output
    assert "words, by their bytes" in shown


def test_several_n_and_fields(data: Path, questions: Path) -> None:
    found = contamination(data, questions, "--n", "5", "--n", "2")
    assert found["n"] == [5, 2]
    assert [each["n"] for each in found["overall"]] == [5, 2]
    only = written(questions.parent / "own.jsonl", QUESTIONS[2])
    fields = ("--field", "question", "--field", "other")
    both = contamination(data, only, "--n", "5", "--n", "6", *fields)
    assert [each["share"] for each in both["items"][0]["shares"]] == [
        pytest.approx(2 / 3),
        pytest.approx(1.0),
    ]
    assert both["items"][0]["longest"]["place"] == 1


def test_the_default_is_13_grams(data: Path, questions: Path) -> None:
    found = contamination(data, questions)
    assert (found["n"], found["share"], found["item_count"]) == ([13], None, 4)


def test_a_report_and_a_line_per_item(data: Path, questions: Path, tmp_path: Path) -> None:
    files = tmp_path / "report.html", tmp_path / "items.jsonl"
    found = contamination(
        data, questions, "--n", "3", "--out", files[0], "--items", files[1], "--top", "1"
    )
    page = files[0].read_text("utf-8")
    assert page.count("<article>") == 1
    assert "<mark" in page
    assert (len(found["items"]), found["not_listed"]) == (1, 3)
    lines = [json.loads(line) for line in files[1].read_text().splitlines()]
    assert [each["id"] for each in lines] == ["copied", "partly", "own", "short"]
    shown = call("ngram", "contamination", data, "-c", "places", questions, "--out", files[0])
    assert f"report: {files[0]}" in shown.output


def test_bad_lines_are_named(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text('not json\n{"text": "Rome"}\n[]\n')
    result = call("ngram", "contamination", data, "-c", "places", path)
    assert result.exit_code == 0
    assert f"{path}:1: not JSON" in result.output
    assert f"{path}:3: not a JSON object" in result.output
    assert "1 item, 2 bad lines left out" in result.output
    errors = tmp_path / "errors.jsonl"
    found = contamination(data, path, "--errors", errors)
    assert (found["errors"], [each["line"] for each in found["first_errors"]]) == (2, [1, 3])
    assert len(errors.read_text().splitlines()) == 2


@pytest.mark.parametrize("content", ["", "\n\n", "not json\n", '{"body": "x"}\n'])
def test_a_file_without_items_is_bad_input(data: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text(content)
    result = call("ngram", "contamination", data, "-c", "places", path, "--out", tmp_path / "r")
    assert result.exit_code == 4
    assert "has no items" in result.output
    assert not (tmp_path / "r").exists()


def test_an_unknown_field_is_named(data: Path, questions: Path) -> None:
    result = call("ngram", "contamination", data, "-c", "places", questions, "--field", "qestion")
    assert result.exit_code == 4
    assert "no field 'qestion'" in result.output
    assert "it has 'id', 'question'" in result.output.splitlines()[-1]


def test_what_is_not_there_is_not_found(data: Path, questions: Path) -> None:
    absent = call("ngram", "contamination", data, "-c", "places", questions.parent / "absent")
    assert absent.exit_code == 3
    other = call("ngram", "contamination", data, "-c", "palces", questions)
    assert other.exit_code == 3
    result = call("ngram", "contamination", data, "-c", "places", questions, "--level", "tokens")
    assert result.exit_code == 1
    command = f"mnemic ngram index {data} --collection places --tokenizer smollm2"
    assert command in result.output
    assert command in call("ngram", "distribution", data, "-c", "places", "a").output


def test_the_level_without_a_model_is_named_where_the_model_is_gone(
    indexed: Path, questions: Path
) -> None:
    shutil.rmtree(indexed.parent / "tokenizer")
    result = call("ngram", "contamination", indexed, "-c", "places", questions)
    assert result.exit_code == 3
    assert "--level bytes needs no model" in result.output


@pytest.mark.parametrize("option", ["--out", "--items"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    data: Path, tmp_path: Path, option: str
) -> None:
    (tmp_path / "test.jsonl").write_text("not json")
    asked = ("ngram", "contamination", data, "-c", "places", tmp_path / "test.jsonl", option)
    result = call(*asked, tmp_path)
    assert (result.exit_code, "is a folder" in result.output) == (4, True)
    assert "not JSON" not in result.output
    assert call(*asked, tmp_path / "absent" / "x.html").exit_code == 3
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    "arguments", [("--n", "0"), ("--n", "x"), ("--top", "-1"), ("--level", "words")]
)
def test_wrong_options_are_wrong_usage(data: Path, questions: Path, arguments: Any) -> None:
    result = call("ngram", "contamination", data, "-c", "places", questions, *arguments)
    assert result.exit_code == 2


def test_documents_that_went_do_not_count(indexed: Path, questions: Path) -> None:
    answer("delete", indexed, "-c", "places", "it")
    assert following(distribution(indexed, "the capital of")) == {" Spain": 1}
    for level in ("tokens", "bytes"):
        found = contamination(indexed, questions, "--n", "5", "--level", level)
        shares = {each["id"]: each["shares"][0]["share"] for each in found["items"]}
        assert shares["copied"] < shares["partly"]


def test_numbers_below_zero_are_wrong_usage(data: Path) -> None:
    result = call(
        "ngram", "distribution", data, "-c", "places", "a", "--level", "bytes", "-k", "-5"
    )
    assert result.exit_code == 2
    assert "x>=0" in result.stderr
