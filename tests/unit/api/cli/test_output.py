from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.api.cli.output import counted, emit, printable, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("naïve 漢字 🙂", "naïve 漢字 🙂"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("bell\a", "bell\\x07"),
        ("nul\0", "nul\\x00"),
        ("\ud800", "\\ud800"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb", "a\\nb"),
    ],
)
def test_printable_shows_controls_instead_of_obeying_them(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_printable_keeps_lines_where_asked() -> None:
    assert printable("a\n\tb\x1b", lines=True) == "a\n\tb\\x1b"


@given(st.text())
def test_nothing_printable_can_control_a_terminal(text: str) -> None:
    left = {unicodedata.category(char) for char in printable(text)}
    assert not left & {"Cc", "Cs", "Cf", "Zl", "Zp"}


def test_emit_prints_one_line_of_ascii_json(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"text": "漢 \ud800 \x1b"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.count("\n") == 1
    assert json.loads(out) == {"text": "漢 \ud800 \x1b"}


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (10**13, "10.0 TB")],
)
def test_size(count: int, shown: str) -> None:
    assert size(count) == shown


def test_counted_has_a_singular() -> None:
    assert [counted(count, "bad record") for count in (0, 1, 2_000)] == [
        "0 bad records",
        "1 bad record",
        "2,000 bad records",
    ]
