"""The child process: its limits, its end, and that one bad file harms no other."""

from __future__ import annotations

import http.server
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from tests.made_files import docx, lines, pdf, repacked, with_body

from mnemic.errors import InvalidInput, Unavailable, Unsupported
from mnemic.retrieval.ingestion.extraction import EXTRACTED, Extraction, require_library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 1 << 20
GOOD = pdf(lines("Good"))
# Both of these fit into 50 kB.
BOMB = pdf(b"BT /F1 9 Tf %s ET" % (b"(A)Tj " * 1_500_000))
STALL = b"<div>" * 100_000


@pytest.fixture
def extraction() -> Iterator[Extraction]:
    with Extraction(memory=1 << 29, seconds=1) as opened:
        yield opened


def children() -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process().children()
    return found


def good(extraction: Extraction) -> str:
    return extraction.extract("pdf", GOOD, largest=LARGEST).text


@pytest.mark.slow
def test_a_decompression_bomb_ends_the_child_and_not_us(extraction: Extraction) -> None:
    for _ in range(2):
        with pytest.raises(InvalidInput, match="512 MiB of memory") as caught:
            extraction.extract("pdf", BOMB, largest=LARGEST)
        assert "convert it to text" in caught.value.hint
        assert good(extraction) == "Good"


@pytest.mark.slow
def test_a_file_that_stalls_its_reader_is_given_up(extraction: Extraction) -> None:
    assert good(extraction) == "Good"
    with pytest.raises(InvalidInput, match="more than 1 s of CPU time"):
        extraction.extract("html", STALL, largest=LARGEST)
    assert good(extraction) == "Good"


class _Interrupted(Exception):
    """What the handler of a signal raises."""


def test_an_interrupted_answer_is_not_that_of_the_next_file(extraction: Extraction) -> None:
    def handler(number: int, frame: object) -> None:
        raise _Interrupted

    assert good(extraction) == "Good"
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(_Interrupted):
            extraction.extract("html", STALL, largest=LARGEST)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert good(extraction) == "Good"


def test_a_talkative_start_does_not_fill_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONVERBOSE", "1")
    with Extraction() as extraction:
        assert good(extraction) == "Good"


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_died_between_files_is_replaced(extraction: Extraction, sent: int) -> None:
    assert good(extraction) == "Good"
    (child,) = children()
    child.send_signal(sent)
    child.wait(10)
    assert good(extraction) == "Good"


def test_one_child_serves_all_files_and_ends_with_the_block() -> None:
    before = children()
    with Extraction() as extraction:
        assert children() == before
        assert {good(extraction) for _ in range(3)} == {"Good"}
        (child,) = set(children()) - set(before)
        assert os.getsid(child.pid) == child.pid
    assert not child.is_running()


def test_a_text_over_the_limit_is_refused(extraction: Extraction) -> None:
    page = b"<title>T</title><p>" + b"&#x1F600;" * 30
    assert len(extraction.extract("html", page, largest=300).text) == 30
    with pytest.raises(InvalidInput, match="121 bytes, more than the limit of 120"):
        extraction.extract("html", page, largest=120)


def test_what_a_library_raises_becomes_typed(extraction: Extraction) -> None:
    broken = repacked(docx(lambda file: file.add_paragraph("x")), {"_rels/.rels": b"<x"})
    with pytest.raises(InvalidInput, match=r"cannot be read as DOCX: XMLSyntaxError") as caught:
        extraction.extract("docx", broken, largest=LARGEST)
    assert "complete" in caught.value.hint


def test_deep_and_expanding_xml_is_refused(extraction: Extraction) -> None:
    with pytest.raises(InvalidInput, match="depth"):
        extraction.extract("docx", with_body("<w:ins>" * 5_000), largest=LARGEST)


def test_a_library_of_the_current_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extraction: Extraction
) -> None:
    for name in ("docx", "pypdfium2", "selectolax", "orjson"):
        (tmp_path / f"{name}.py").write_text("import os; os.kill(os.getpid(), 9)")
    monkeypatch.chdir(tmp_path)
    assert good(extraction) == "Good"


@pytest.mark.parametrize(("script", "reason"), [("echo first; echo why", "why"), ("", "silence")])
def test_a_child_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec >&2\n{script}\nexit 1\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with Extraction() as extraction, pytest.raises(Unavailable, match=f"not start: {reason}"):
        good(extraction)


@pytest.mark.parametrize("format", EXTRACTED)
def test_a_missing_library_says_what_to_install(
    format: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_library(format)
    module = {"html": "selectolax", "pdf": "pypdfium2", "docx": "docx"}[format]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unsupported, match=r'pip install "mnemic\[files\]"'):
        require_library(format)


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}", asked
        served.shutdown()
        thread.join()


def test_nothing_is_fetched(extraction: Extraction, server: tuple[str, list[str]]) -> None:
    url, asked = server
    page = f"""<?xml version="1.0"?><!DOCTYPE html SYSTEM "{url}/dtd" [<!ENTITY e SYSTEM
    "{url}/entity">]><html xmlns="http://www.w3.org/1999/xhtml"><head><base href="{url}/"/>
    <link rel="stylesheet" href="{url}/css"/><script src="{url}/js"/></head>
    <body>text &e;<img src="{url}/image"/><iframe src="{url}/frame"/></body></html>"""
    assert extraction.extract("html", page.encode(), largest=LARGEST).text == "text &e;"
    relation = f"""<?xml version="1.0"?><!DOCTYPE r SYSTEM "{url}/dtd"><Relationships
    xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    Target="{url}/notes" TargetMode="External"/></Relationships>"""
    file = repacked(
        docx(lambda file: file.add_paragraph("text")),
        {"word/_rels/document.xml.rels": relation.encode()},
    )
    assert extraction.extract("docx", file, largest=LARGEST).text == "text"
    link = b"/Annots[<</A<</S/URI/URI(%s)>>>>]" % url.encode()
    linked = GOOD.replace(b"/MediaBox", link + b"/MediaBox")
    assert extraction.extract("pdf", linked, largest=LARGEST).text == "Good"
    assert asked == []
