from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import click
import pytest

from mnemic import errors
from mnemic.api.cli.failures import guarded

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: BaseException) -> Callable[[], NoReturn]:
    def run() -> NoReturn:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("x"), 3),
        (errors.InvalidInput("x"), 4),
        (errors.IndexCorrupt("x"), 5),
        (errors.Unsupported("x"), 1),
        (click.UsageError("x"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (BrokenPipeError(), 1),
        (RuntimeError("x"), 1),
        (OSError(5, "I/O error", "file"), 1),
    ],
)
def test_every_end_has_its_exit_code(error: BaseException, code: int) -> None:
    assert guarded(raising(error), []) == code


def test_done_is_0_and_a_command_may_say_otherwise() -> None:
    assert guarded(lambda: None, []) == 0
    assert guarded(lambda: 4, []) == 4


def test_an_error_is_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(errors.NotFound("no \x1b[2J papers", hint="Add some.")), [])
    captured = capsys.readouterr()
    assert captured.err == "error: no \\x1b[2J papers\nhint: Add some.\n"
    assert captured.out == ""


def test_a_broken_pipe_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(BrokenPipeError()), [])
    assert capsys.readouterr() == ("", "")


def test_with_json_an_error_is_a_problem_object(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(errors.IndexCorrupt("bad file", hint="Repair.")), ["search", "--json"])
    captured = capsys.readouterr()
    body = json.loads(captured.err)
    assert (body["status"], body["detail"], body["hint"]) == (500, "bad file", "Repair.")
    assert captured.out == ""


def test_json_after_two_dashes_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(errors.NotFound("x")), ["search", "--", "--json"])
    assert capsys.readouterr().err == "error: x\n"


def test_the_traceback_comes_only_with_debug(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(RuntimeError("x")), [])
    assert "Traceback" not in capsys.readouterr().err
    guarded(raising(RuntimeError("x")), ["--debug"])
    assert "Traceback" in capsys.readouterr().err
