"""Programs that stand where ``java`` is looked for: shell scripts that run as Anserini would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnemic.retrieval.anserini import Runtime

if TYPE_CHECKING:
    from pathlib import Path


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def java_of_version(path: Path, version: str) -> Path:
    """A ``java`` that only states its version, where real ones state it."""
    return script(path, f"""echo 'openjdk version "{version}" 2025-07-15' >&2""")


def runtime(folder: Path, body: str, *, seconds: float = 20.0) -> Runtime:
    """A runtime whose ``java`` runs a body; ``$jar``, ``$main`` and ``$output`` are set in it."""
    prologue = (
        "jar=$3; main=$4; shift 4; index=; output=\n"
        'all="$*"\n'
        "while [ $# -gt 0 ]; do\n"
        '  case "$1" in -output) output=$2;; -index) index=$2;; -topics) topics=$2;; esac\n'
        "  shift\n"
        "done\n"
    )
    jar = folder / "anserini.jar"
    jar.touch()
    return Runtime(script(folder / "java", prologue + body), jar, seconds)
