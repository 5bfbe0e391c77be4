"""Word files: order, tables, notes, titles, and packages that are none or too large."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.made_files import docx, repacked, with_body

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.extraction.docx import extract_docx

if TYPE_CHECKING:
    from docx.document import Document as WordFile

LARGEST = 1 << 20


def everything(file: WordFile) -> None:
    file.add_heading("The Title", 0)
    file.add_heading("First", 1)
    file.add_paragraph("One  and\ttwo\nthree.")
    file.add_paragraph("item", style="List Bullet")
    file.add_paragraph("next", style="List Number")
    table = file.add_table(2, 2)
    for place, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{place}"
    table.cell(1, 1).add_paragraph("more")
    file.add_paragraph("After.")


def test_paragraphs_lists_and_tables_stand_in_order() -> None:
    found = extract_docx(docx(everything), LARGEST)
    assert found.text == (
        "The Title\n\nFirst\n\nOne and two three.\n\n- item\n- next\n\n"
        "c0 | c1\nc2 | c3 more\n\nAfter."
    )


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def within(tag: str, *inner: str) -> str:
    return f"<w:{tag}>{''.join(inner)}</w:{tag}>"


def paragraph(*runs: str) -> str:
    return within("p", *runs)


def row(*cells: str) -> str:
    return within("tr", *(within("tc", cell) for cell in cells))


A, B = paragraph(run("A")), paragraph(run("B"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (paragraph(run("a"), within("ins", run("b")), within("hyperlink", run("c"))), "abc"),
        (paragraph(run("a"), within("del", "<w:r><w:delText>b</w:delText></w:r>")), "a"),
        (paragraph(run("a"), within("moveFrom", run("b"))), "a"),
        (paragraph(run("a"), "<w:r><w:instrText>PAGE</w:instrText></w:r>"), "a"),
        (paragraph(run("co"), "<w:r><w:noBreakHyphen/></w:r>", run("op")), "co-op"),
        (paragraph(run("a"), within("txbxContent", A + B)), "a A B"),
        (within("sdt", within("sdtContent", A)), "A"),
        (within("ins", A) + B, "A\n\nB"),
        (within("tbl", row(A + within("tbl", row(B)), A)), "A B | A"),
    ],
)
def test_what_word_shows_is_read_once(body: str, expected: str) -> None:
    assert extract_docx(with_body(body), LARGEST).text == expected


def titled(core: str, *, style: str = "", heading: str = "") -> bytes:
    def write(file: WordFile) -> None:
        file.core_properties.title = core
        file.add_paragraph("text")
        if heading:
            file.add_heading(heading, 1)
        if style:
            file.add_heading(style, 0)

    return docx(write)


def test_the_title_is_what_the_reader_sees_first() -> None:
    assert extract_docx(titled("Core", style="Shown", heading="H"), LARGEST).title == "Shown"
    assert extract_docx(titled("Core", heading="H"), LARGEST).title == "Core"
    assert extract_docx(titled("", heading="H"), LARGEST).title == "H"
    assert extract_docx(titled(""), LARGEST).title == ""


def test_metadata_are_the_files_own() -> None:
    def write(file: WordFile) -> None:
        file.add_paragraph("x")
        file.core_properties.author = "A  B"
        file.core_properties.created = datetime(2024, 5, 3, 10, tzinfo=UTC)

    content = docx(write)
    found = extract_docx(content, LARGEST).metadata
    assert found == {"author": "A B", "created": "2024-05-03T10:00:00+00:00"}
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        relations = package.read("_rels/.rels").replace(b"core-properties", b"other")
    without = repacked(content, {"_rels/.rels": relations})
    assert extract_docx(without, LARGEST).metadata == {}


def test_notes_come_at_the_end() -> None:
    content = with_body(paragraph(run("text")))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = package.read("word/document.xml").replace(b"w:document", b"w:footnotes")
        kinds = package.read("[Content_Types].xml")
        relations = package.read("word/_rels/document.xml.rels")
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    override = b'<Override PartName="/word/footnotes.xml" ContentType="%s"/></Types>' % kind
    relation = (
        b'<Relationship Id="n1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/footnotes" Target="footnotes.xml"/></Relationships>'
    )
    changed = {
        "word/footnotes.xml": body.replace(b">text<", b">note<"),
        "[Content_Types].xml": kinds.replace(b"</Types>", override),
        "word/_rels/document.xml.rels": relations.replace(b"</Relationships>", relation),
    }
    assert extract_docx(repacked(content, changed), LARGEST).text == "text\n\nnote"


GOOD = docx(everything)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"", "damaged", "complete"),
        (b"plain", "damaged", "complete"),
        (GOOD[: len(GOOD) // 2], "damaged", "complete"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or in the old", ".docx"),
        (repacked(GOOD, {"word/document.xml": None}), "no Word document", "docx"),
        (docx(lambda file: file.add_paragraph(" ")), "no text", "OCR"),
        (repacked(GOOD, {"word/media/a.png": bytes(LARGEST)}), "unpacks to", "raise the limit"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, message: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        extract_docx(content, LARGEST)
    assert hint in caught.value.hint


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "HA"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    content = with_body(paragraph(run("x&a;&f;y")))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        body = package.read("word/document.xml").replace(b"?>", b"?>" + bomb.encode(), 1)
    assert "HA" not in extract_docx(repacked(content, {"word/document.xml": body}), LARGEST).text
