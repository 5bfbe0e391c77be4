"""mnemic add and search on a folder of mixed files, as users start them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.shell import answer, run
from tests.made_files import LOCKED, docx, lines, pdf

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {"a.pdf": "walrus", "b.docx": "penguin", "c.html": "otter", "d.txt": "seal"}


def fill(folder: Path) -> Path:
    (folder / "in").mkdir()
    for name, content in {
        "a.pdf": pdf(b"", lines("About the walrus."), info="/Title(Walruses)"),
        "b.docx": docx(lambda file: file.add_paragraph("About the penguin.")),
        "c.html": b"<title>Otters</title><nav>walrus penguin</nav><p>About the <b>ot</b>ter.",
        "d.txt": b"About the seal.",
        "e.pdf": pdf(lines("secret"), trailer=LOCKED),
        "f.pdf": pdf(b"0 0 9 9 re f"),
    }.items():
        (folder / "in" / name).write_bytes(content)
    return folder / "in"


def test_mixed_files_are_found_by_their_text(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", fill(tmp_path)
    added = answer("add", data, "--collection", "zoo", folder)
    assert (added["added"], added["errors"]) == (4, 2)
    assert [error["hint"] != "" for error in added["first_errors"]] == [True, True]
    for name, word in TEXTS.items():
        hits = answer("search", data, "--collection", "zoo", word)["hits"]
        assert [hit["id"].rpartition("/")[2] for hit in hits] == [name]


def test_strict_counts_unreadable_files(tmp_path: Path) -> None:
    done = run("add", tmp_path / "data", "--collection", "zoo", fill(tmp_path), "--strict")
    assert done.returncode == 4
    assert "e.pdf: the PDF is encrypted (save a copy without a password)" in done.stderr
    assert "run OCR over it first" in done.stderr


def test_the_break_between_pages_is_shown_as_one_between_lines(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(lines("It goes on"), lines("about the walrus.")))
    answer("add", tmp_path / "data", "--collection", "zoo", tmp_path / "a.pdf")
    found = run("search", tmp_path / "data", "--collection", "zoo", "walrus").stdout
    assert "It goes on" in found
    assert "about the walrus." in found
    assert "x0c" not in found
