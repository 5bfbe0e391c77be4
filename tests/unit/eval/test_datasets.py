"""BEIR folders as they are found in the wild, and as they should not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.eval.overlap import CORPUS, QRELS, write_dataset

from mnemic.errors import InvalidInput, MnemicError, NotFound
from mnemic.eval.datasets import load, splits_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mnemic.eval.datasets import Dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "data" / "pets")


def opened(name: str | Path, tmp_path: Path, *, split: str = "test") -> Dataset:
    return load(name, split=split, data=tmp_path / "data", cache=tmp_path / "cache")


def test_a_folder_gives_judged_queries_and_streams_documents(folder: Path, tmp_path: Path) -> None:
    dataset = opened(folder, tmp_path)
    assert (dataset.name, dataset.split) == ("pets", "test")
    assert [query.id for query in dataset.queries] == list(QRELS)
    assert dataset.qrels.judgements == QRELS
    assert {document.id: document.text for document in dataset.documents()} == CORPUS
    assert dataset.count_lines() == len(CORPUS)


def test_a_name_is_looked_up_in_the_data_folder(folder: Path, tmp_path: Path) -> None:
    assert opened("pets", tmp_path).folder == folder


def test_a_missing_data_set_says_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no data set 'nope'") as caught:
        opened("nope", tmp_path)
    assert str(tmp_path / "data" / "nope.tar.xz") in caught.value.message
    with pytest.raises(NotFound, match="MNEMIC_DATA"):
        load("nope", data=None, cache=tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "../secret", "/nowhere"])
def test_a_path_never_becomes_a_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        opened(name, tmp_path)


def test_a_missing_split_names_those_that_exist(folder: Path, tmp_path: Path) -> None:
    (folder / "qrels" / "raw.txt").write_text("not judgements")
    assert splits_of(folder) == ["test"]
    with pytest.raises(NotFound, match=r"no split '\.\./test'.*it has test"):
        opened(folder, tmp_path, split="../test")


@pytest.mark.parametrize("gone", ["queries.jsonl", "qrels/test.tsv"])
def test_a_corpus_alone_cannot_be_evaluated(folder: Path, tmp_path: Path, gone: str) -> None:
    (folder / gone).unlink()
    with pytest.raises(NotFound, match="nothing to evaluate"):
        opened(folder, tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "1",
        '{"text": "x"}',
        '{"_id": ""}',
        '{"_id": true}',
        '{"_id": "q1", "text": 3}',
        '{"_id": "q1", "metadata": []}',
        '{"_id": "q1", "text": "\\ud800"}',
        '{"_id": "q1"}\x00',
    ],
)
def test_a_bad_line_is_named(folder: Path, tmp_path: Path, line: str) -> None:
    (folder / "queries.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(InvalidInput, match=r"queries\.jsonl, line 2"):
        opened(folder, tmp_path)


def test_invalid_utf8_in_the_corpus_is_named(folder: Path, tmp_path: Path) -> None:
    with (folder / "corpus.jsonl").open("ab") as file:
        file.write(b'{"_id": "x", "text": "\xff"}\n')
    with pytest.raises(InvalidInput, match=r"corpus\.jsonl, line 6"):
        list(opened(folder, tmp_path).documents())


def test_byte_order_mark_and_numeric_ids_are_taken(folder: Path, tmp_path: Path) -> None:
    (folder / "corpus.jsonl").write_bytes(b'\xef\xbb\xbf{"_id": 7, "text": null}\r\n\n')
    (document,) = opened(folder, tmp_path).documents()
    assert (document.id, document.text) == ("7", "")


def test_a_judged_query_without_text_is_refused(folder: Path, tmp_path: Path) -> None:
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q99\td1\t1\n")
    with pytest.raises(InvalidInput, match="1 judged queries have no text: q99"):
        opened(folder, tmp_path)


def test_a_query_that_is_there_twice_is_refused(folder: Path, tmp_path: Path) -> None:
    with (folder / "queries.jsonl").open("a") as file:
        file.write('{"_id": "q1", "text": "again"}\n')
    with pytest.raises(InvalidInput, match="query 'q1' is there twice"):
        opened(folder, tmp_path)


def test_the_digest_changes_with_every_part(folder: Path, tmp_path: Path) -> None:
    seen = {opened(folder, tmp_path).digest()}
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("mat", "rug").replace("q1\td1\t2", "q1\td1\t1"))
        seen.add(opened(folder, tmp_path).digest())
    assert len(seen) == 4


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "split", "queries", "judged"),
    [
        ("scifact", "test", 300, 339),
        ("scifact", "train", 809, 919),
        ("cranfield", "test", 225, 1837),
        ("cisi", "test", 76, 3114),
        ("hotpotqa100", "test", 100, 200),
        ("popqa1k", "subject", 1000, 1000),
    ],
)
def test_real_data_sets_have_their_published_counts(
    data_folder: Callable[[str], Path],
    tmp_path: Path,
    name: str,
    split: str,
    queries: int,
    judged: int,
) -> None:
    dataset = opened(data_folder(name), tmp_path, split=split)
    assert len(dataset.queries) == queries
    assert sum(map(len, dataset.qrels.judgements.values())) == judged


@pytest.mark.data
def test_a_real_corpus_without_questions_is_refused(
    data_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(MnemicError, match="wiki-scale has no qrels"):
        opened(data_folder("wiki-scale"), tmp_path)
