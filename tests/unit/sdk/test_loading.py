from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mnemic
from mnemic.retrieval.ingestion import Record, RecordError
from mnemic.sdk.checkpoint import Checkpoint, Place, identity
from mnemic.sdk.loading import Loader, LoadReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mnemic.sdk import Collection
    from mnemic.sdk.collection import OnDuplicate


@pytest.fixture
def words(database: mnemic.Database) -> Collection:
    return database.collection("words", create=True)


@pytest.fixture
def place(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path, "key", identity([]))


def records(count: int) -> list[Record]:
    documents = (mnemic.Document(id=f"d{i}", text=f"word{i} common") for i in range(count))
    return [Record(document, "file", i, i) for i, document in enumerate(documents, start=1)]


def load(
    collection: Collection,
    given: Iterable[Record],
    *,
    checkpoint: Checkpoint | None = None,
    on_duplicate: OnDuplicate = "error",
    on_error: Callable[[RecordError], None] | None = None,
    batch: int = 4,
) -> LoadReport:
    report = LoadReport()
    Loader(
        collection=collection,
        on_duplicate=on_duplicate,
        on_error=on_error or (lambda error: pytest.fail(str(error))),
        on_progress=lambda record, count: None,
        prepare=lambda document: [document],
        batch=batch,
        checkpoint=checkpoint,
    ).run(given, report)
    return report


def cut(given: list[Record], after: int) -> Iterator[Record]:
    yield from given[:after]
    raise KeyboardInterrupt


def test_everything_is_added_in_batches(words: Collection, place: Checkpoint) -> None:
    report = load(words, records(10), checkpoint=place)
    assert (report.records, report.report.added, report.resumed_at) == (10, 10, 0)
    assert [document.id for document in words] == [f"d{i}" for i in range(10)]
    assert place.load() == Place()


@pytest.mark.parametrize("after", [0, 3, 4, 9])
def test_an_interrupted_load_goes_on(words: Collection, place: Checkpoint, after: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(words, cut(records(10), after), checkpoint=place)
    report = load(words, records(10), checkpoint=place)
    assert report.resumed_at == after - after % 4
    assert report.records == 10
    assert len(words) == 10


def test_a_batch_that_was_committed_unseen_is_no_conflict(
    words: Collection, place: Checkpoint
) -> None:
    load(words, records(4))
    place.save(Place(0, 4))
    report = load(words, records(10), checkpoint=place)
    assert (report.report.skipped, report.report.added) == (4, 6)
    assert len(words) == 10


def test_a_batch_that_was_not_committed_is_added(words: Collection, place: Checkpoint) -> None:
    place.save(Place(0, 4))
    assert load(words, records(10), checkpoint=place).report.added == 10


def test_a_real_conflict_is_raised_and_the_rest_stays(words: Collection) -> None:
    words.add([mnemic.Document(id="d6", text="mine")])
    with pytest.raises(mnemic.Conflict, match="d6"):
        load(words, records(10))
    assert len(words) == 5
    assert words.get(["d6"])[0].text == "mine"


def test_a_conflict_in_a_doubtful_batch_is_still_one(words: Collection, place: Checkpoint) -> None:
    words.add([mnemic.Document(id="d1", text="mine")])
    place.save(Place(0, 4))
    with pytest.raises(mnemic.Conflict, match="d1"):
        load(words, records(10), checkpoint=place)


def test_bad_documents_are_reported_and_the_others_added(words: Collection) -> None:
    given = records(9)
    bad = {2: mnemic.Document(id="x", text="\ud800"), 6: mnemic.Document(id="", text="y")}
    given = [Record(bad.get(i, r.document), r.source, i, i) for i, r in enumerate(given)]
    errors: list[RecordError] = []
    report = load(words, given, on_error=errors.append)
    assert (report.report.added, report.refused, len(words)) == (7, 2, 7)
    assert [error.source for error in errors] == ["file", "file"]
    assert "surrogate" in errors[0].message


def test_replace_skips_what_has_not_changed(words: Collection) -> None:
    load(words, records(5))
    again = records(6)
    changed = Record(mnemic.Document(id="d0", text="changed"), "file", 1, 1)
    report = load(words, [changed, *again[1:]], on_duplicate="replace").report
    assert (report.replaced, report.skipped) == (1, 4)
    assert words.get(["d0"])[0].text == "changed"


def test_white_space_is_no_text(words: Collection) -> None:
    texts = [(" \n\t", ""), ("", " "), ("", ""), (" a ", ""), (" ", "title")]
    given = [
        Record(mnemic.Document(id=f"d{i}", text=text, title=title), "file", i, i)
        for i, (text, title) in enumerate(texts)
    ]
    assert load(words, given).empty == 3
