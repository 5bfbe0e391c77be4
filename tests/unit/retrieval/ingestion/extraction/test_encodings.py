"""Bytes of web pages: the declared encoding, and no guess when it is wrong."""

from __future__ import annotations

import pytest

from mnemic.errors import InvalidInput
from mnemic.retrieval.ingestion.extraction.encodings import decoded

WRITTEN = "<p>Grüße “x”"


def declared(label: str) -> str:
    return f"<meta charset={label}>{WRITTEN}"


@pytest.mark.parametrize(
    ("page", "encoding"),
    [
        (WRITTEN, "utf-8"),
        (WRITTEN, "utf-8-sig"),
        ("\ufeff" + WRITTEN, "utf-16-le"),
        ("\ufeff" + declared("utf-8"), "utf-16-be"),
        (declared("utf-8"), "utf-8"),
        (declared('"UTF-16"'), "utf-8"),
        (declared("windows-1252"), "cp1252"),
        (declared(" 'ISO-8859-1' "), "cp1252"),
        (f"<meta http-equiv=x content='text/html; charset=latin1'>{WRITTEN}", "cp1252"),
        (f"<!-- <meta charset=koi8-r> -->{declared('gbk')}", "gb18030"),
        (f'<?xml version="1.0" encoding="windows-1252"?>{WRITTEN}', "cp1252"),
        ("<meta charset=Shift_JIS>日本語①", "cp932"),
        ("<meta charset=euc-kr>한국어 똠", "cp949"),
        ("<meta charset=koi8-r>привет", "koi8-r"),
        ("<meta charset=x-sjis>日本語", "cp932"),
    ],
)
def test_pages_are_read_as_they_say(page: str, encoding: str) -> None:
    assert decoded(page.encode(encoding)).lstrip("\ufeff") == page.lstrip("\ufeff")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (WRITTEN.encode("cp1252"), "declares no encoding, but byte 5 is not utf-8"),
        (declared("utf-8").encode("cp1252"), "says utf-8, but byte 25"),
        (b"\xff\xfe\x00\xd8", "says utf-16-le"),
        (b"<meta charset=nonsense>x", "unknown encoding 'nonsense'"),
        *(
            (f"<meta charset={label}>+AGEAYg-".encode(), "unknown encoding")
            for label in ("utf-7", "rot13", "zip", "idna", "unicode_escape", "undefined", "mbcs")
        ),
    ],
)
def test_what_does_not_fit_is_refused(page: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        decoded(page)
    assert "UTF-8" in caught.value.hint
