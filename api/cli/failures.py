"""From exceptions to one line on stderr (or one problem object) and an exit code."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

import click

from mnemic.api.cli import notes
from mnemic.api.cli.output import printable
from mnemic.api.errors import DONE, FAILED, INTERRUPTED, USAGE, exit_code, problem
from mnemic.errors import MnemicError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def guarded(run: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command and turn however it ends into an exit code.

    Args:
        run: The command; may return an exit code.
        arguments: The command line; says whether errors are wanted as JSON or with traceback.
    """
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    as_json = "--json" in options
    _survive_any_text()
    try:
        with notes.shown(quiet=as_json):
            outcome = run()
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else DONE
    except BrokenPipeError:
        _silence_stdout()
        return FAILED
    except click.ClickException as error:
        return _usage(error, as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        return _interrupted(as_json=as_json)
    except Exception as error:
        if "--debug" in options:
            traceback.print_exc()
        return _failure(error, as_json=as_json)


def _interrupted(*, as_json: bool) -> int:
    if as_json:
        title, hint = "Somebody wanted an end", "What was committed stays."
        body = {"type": "urn:mnemic:error:interrupted", "title": title, "status": 499}
        _report({**body, "detail": "interrupted", "hint": hint}, as_json=True)
    else:
        click.secho("interrupted", fg="red", err=True)
    return INTERRUPTED


def _failure(error: Exception, *, as_json: bool) -> int:
    body = problem(error)
    if not isinstance(error, MnemicError | OSError):
        body["hint"] = "This is a bug in mnemic; 'mnemic --debug ...' shows where."
    _report(body, as_json=as_json)
    return exit_code(error)


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    if type(error).__name__ == "NoArgsIsHelpError" and not as_json:
        error.show()
        return error.exit_code
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "mnemic"
    body = {
        "type": "urn:mnemic:error:usage",
        "title": "The command line is wrong",
        "status": 400,
        "detail": error.format_message(),
        "hint": f"'{command} --help' shows how it goes.",
    }
    _report(body, as_json=as_json)
    return USAGE


def _report(body: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(body), err=True)
        return
    click.secho(f"error: {printable(body['detail'])}", fg="red", err=True)
    if body["hint"]:
        click.echo(f"hint: {printable(body['hint'])}", err=True)


def _survive_any_text() -> None:
    # A stored text may hold what the terminal's encoding lacks; output must not die of it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    # Python flushes stdout once more at exit, which would raise again.
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
