"""Mutated HTML, PDF and DOCX files give text or typed errors, and never harm the next file."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from tests.counts import scaled
from tests.made_files import docx, lines, pdf

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.extraction import EXTRACTED, Extraction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document as WordFile

    from mnemic.retrieval.ingestion.extraction import ExtractedFormat

CASES = scaled(150, 20_000)
LARGEST = 1 << 20
PAGE = """<!doctype html><html lang=en><meta charset=utf-8><title>T</title><nav>n</nav><main>
<h1>H</h1><p hidden>x</p><ul><li>a<li>b</ul><table><tr><td>c<td>d</table><pre> e\n f</pre>
<svg><title>s</title></svg><!-- c --><p>&eacute;&#233;&nope;</main>"""


def written(file: WordFile) -> None:
    file.add_heading("T", 0)
    file.add_paragraph("item", style="List Bullet")
    file.add_table(2, 2).cell(1, 1).text = "c"


GOOD: dict[ExtractedFormat, bytes] = {
    "html": PAGE.encode(),
    "pdf": pdf(lines("One", "two"), lines("Three"), info="/Title(T)/CreationDate(D:20240503)"),
    "docx": docx(written),
}


@pytest.fixture(scope="module")
def extraction() -> Iterator[Extraction]:
    with Extraction(memory=1 << 30, seconds=5) as opened:
        yield opened


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8, 64])):
        at = chance.randrange(len(changed) or 1)
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = chance.randbytes(1)
            case 1:
                del changed[at : at + chance.randrange(1, 40)]
            case 2:
                changed[at:at] = changed[at : at + chance.randrange(1, 200)]
            case 3:
                changed[at:at] = chance.choice([b"<", b"]]>", b"%PDF", b"\0", b"9" * 12, b"/Kids"])
            case _:
                del changed[at:]
    return bytes(changed)


def check(extraction: Extraction, format: ExtractedFormat, content: bytes) -> bool:
    """Whether there was text; anything but clean text or a typed error fails the test."""
    try:
        found = extraction.extract(format, content, largest=LARGEST)
    except InvalidInput as error:
        refusal = error
    else:
        assert found.text.strip()
        assert not set(found.text + found.title) & {"\0", "\r", "\x02", "\ufeff"}
        return True
    assert refusal.message
    assert refusal.hint
    return False


@pytest.mark.slow
@pytest.mark.parametrize("format", EXTRACTED)
def test_mutated_files(format: ExtractedFormat, extraction: Extraction) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    expected = extraction.extract(format, GOOD[format], largest=LARGEST)
    for _ in range(CASES):
        check(extraction, format, mutated(GOOD[format], chance))
    assert extraction.extract(format, GOOD[format], largest=LARGEST) == expected


@pytest.mark.parametrize("format", EXTRACTED)
def test_shorter_files(format: ExtractedFormat, extraction: Extraction) -> None:
    whole = len(GOOD[format])
    sizes = range(0, whole, max(1, whole // CASES))
    assert False in {check(extraction, format, GOOD[format][:size]) for size in sizes}


@pytest.mark.parametrize("given", EXTRACTED)
@pytest.mark.parametrize("real", EXTRACTED)
def test_one_format_under_the_name_of_another(
    given: ExtractedFormat, real: ExtractedFormat, extraction: Extraction
) -> None:
    # HTML has no wrong syntax: whatever is UTF-8 is a page.
    assert check(extraction, given, GOOD[real]) == (given == real) or given == "html"
