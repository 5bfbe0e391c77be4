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


def test_a_wait_is_said_and_tells_nothing_about_the_speed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter([0, 0, 6, 12, 13, 18])
    with Progress(
        total=0, unit="encoded", speed=True, waiting="others first", clock=lambda: next(seconds)
    ) as progress:
        for done, total in [(0, 0), (0, 0), (0, 0), (0, 900), (500, 900)]:
            progress.update(done, records=done, total=total)
    # The wait ended between 12 and 13 s; the last report without a total stands for its end.
    assert capsys.readouterr().err.splitlines() == [
        *("others first", "others first"),
        "500 encoded, 83 a second, 56%, 5 s left",
    ]


def test_without_a_word_for_waiting_the_count_stands(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter([0, 0, 6])
    with Progress(total=0, unit="records", clock=lambda: next(seconds)) as progress:
        progress.update(0, records=0)
        progress.update(0, records=0)
    assert capsys.readouterr().err == "0 records\n"
