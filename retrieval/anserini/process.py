"""Anserini as a child process: one class of the jar, its arguments, a time limit, honest errors."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput, Unavailable
from mnemic.retrieval.anserini.jar import find_jar
from mnemic.retrieval.anserini.java import find_java

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mnemic.settings import Settings

_SHOWN = 600
_TELLING = ("Error:", "Exception", "Caused by:", "ERROR")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What Anserini is run with.

    Attributes:
        java: A ``java`` of version 21 or newer, absolute.
        jar: Anserini's fatjar, absolute.
        seconds: How long one call may take.
    """

    java: Path
    jar: Path
    seconds: float = 3_600.0


def find_runtime(settings: Settings | None = None, *, seconds: float = 3_600.0) -> Runtime:
    """The Java and the jar of this machine.

    Raises:
        Unavailable: Java 21 or the jar is missing; the hint says what brings it.
        InvalidInput: A setting names something else, or ``seconds`` is not positive.
    """
    if not seconds > 0:
        raise InvalidInput(f"seconds is {seconds}; it must be above 0")
    jar = find_jar(settings)
    return Runtime(find_java(settings).path, jar, seconds)


def call(runtime: Runtime, main: str, arguments: Sequence[str], *, scratch: Path) -> str:
    """Run one class to its end; no shell, no variables of ours, files only where they are named.

    Args:
        runtime: With what.
        main: The class.
        arguments: Options, numbers and absolute paths; never text of a user.
        scratch: A private folder for whatever Java keeps for itself.

    Returns:
        What it printed on stdout and stderr. It may have failed all the same: Anserini exits with
        0 after most errors, so the caller looks for what should have been made.

    Raises:
        Unavailable: Java cannot be started, exits with an error, or takes too long.
    """
    command = [str(runtime.java), f"-Djava.io.tmpdir={scratch}", "-cp", str(runtime.jar), main]
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=scratch,
            env={"LC_ALL": "C.UTF-8", "HOME": str(scratch)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=runtime.seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"Anserini took longer than {runtime.seconds:g} seconds",
            hint="Ask fewer questions at once, or allow more seconds.",
        ) from error
    except OSError as error:
        raise Unavailable(f"{runtime.java} cannot be started: {error}") from error
    printed = f"{done.stdout}\n{done.stderr}"
    if done.returncode:
        raise failure(printed)
    return printed


def failure(printed: str) -> Unavailable:
    """The error behind what Anserini printed: its first telling lines."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in _TELLING)]
    reason = " | ".join(telling[:3] or lines[-3:]) or "it printed nothing"
    return Unavailable(
        f"Anserini failed: {reason[:_SHOWN]}", hint="Check the folder and the version of the jar."
    )
