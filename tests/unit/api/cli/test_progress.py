from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.api.cli import progress as module
from mnemic.api.cli.progress import Progress

if TYPE_CHECKING:
    import pytest


def test_a_line_says_how_far_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with Progress(total=100, unit="records") as progress:
        progress.update(0, records=0)
        progress.update(50, records=1234)
    captured = capsys.readouterr()
    assert "1,234 records, 50%, 0 s left" in captured.err
    assert captured.out == ""


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(total=0, unit="records") as progress:
        progress.update(10, records=1)
    assert capsys.readouterr() == ("", "")
