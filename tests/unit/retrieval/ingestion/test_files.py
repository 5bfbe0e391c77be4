"""HTML, PDF and DOCX among other files: ids, order, errors, missing libraries, resuming."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.made_files import LOCKED, docx, lines, pdf

from mnemic.errors import Unsupported
from mnemic.retrieval.ingestion import read, total_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIXED = {
    "a.PDF": pdf(lines("of a")),
    "b.docx": docx(lambda file: file.add_paragraph("of b")),
    "c.htm": b"<p>of c",
    "d.html": b"<p>of d",
    "e.md": b"of e",
    "f.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><body>of f</body></html>',
}
BAD = {
    "a1.pdf": b"",
    "b1.docx": b"PK\3\4",
    "c1.html": b"\xff",
    "d1.pdf": pdf(lines("x"), trailer=LOCKED),
    "e1.htm": b"x" * 1_000_001,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, content in MIXED.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_a_folder_of_all_kinds_is_read_in_order(load: Callable[..., Any], folder: Path) -> None:
    outcome = load(folder)
    assert outcome.errors == []
    assert [name.rpartition("/")[2] for name in outcome.ids] == list(MIXED)
    assert [document.text for document in outcome.documents] == [f"of {x}" for x in "abcdef"]
    assert outcome.records[-1].bytes_read == total_bytes([folder])


def test_bad_files_are_reported_and_shift_nothing(load: Callable[..., Any], folder: Path) -> None:
    for name, content in BAD.items():
        (folder / name).write_bytes(content)
    outcome = load(folder, largest_record=1_000_000)
    assert [document.text for document in outcome.documents] == [f"of {x}" for x in "abcdef"]
    assert [error.source for error in outcome.errors] == [str(folder / name) for name in BAD]
    assert all(error.hint and error.line == 0 for error in outcome.errors)


@pytest.mark.parametrize(("format", "texts"), [("html", "cdf"), ("pdf", "a"), ("docx", "b")])
def test_a_format_chooses_files(
    load: Callable[..., Any], folder: Path, format: str, texts: str
) -> None:
    found = load(folder, format=format).documents
    assert [document.text for document in found] == [f"of {x}" for x in texts]


def test_a_chosen_format_reads_any_name(load: Callable[..., Any], folder: Path) -> None:
    (folder / "page.txt").write_bytes(b"<p>of <b>x")
    assert load(folder / "page.txt", format="html").documents[0].text == "of x"
    (error,) = load(folder / "e.md", format="docx").errors
    assert "the DOCX file is damaged" in error.message


def test_a_finished_file_is_not_read_again(load: Callable[..., Any], folder: Path) -> None:
    done = {str(folder / "a.PDF"): 1, str(folder / "c.htm"): 1}
    texts = [document.text for document in load(folder, resume_from=done).documents]
    assert texts == ["of b", "of d", "of e", "of f"]


def test_without_the_libraries_other_files_are_still_read(
    load: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("selectolax", "pypdfium2", "docx"):
        monkeypatch.setitem(sys.modules, module, None)
    outcome = load(folder)
    assert [document.text for document in outcome.documents] == ["of e"]
    assert {error.hint for error in outcome.errors} == {'pip install "mnemic[files]"'}
    (folder / "e.md").unlink()
    for paths in ([folder], [folder / "a.PDF"]):
        with pytest.raises(Unsupported, match=r'pip install "mnemic\[files\]"'):
            read(paths, on_error=print)


def test_an_id_that_cannot_be_one_is_reported(load: Callable[..., Any], folder: Path) -> None:
    deep = folder.joinpath(*["x" * 200] * 3)
    deep.mkdir(parents=True)
    (deep / "a.html").write_bytes(b"<p>x")
    (error,) = load(deep).errors
    assert "more than 512" in error.message
