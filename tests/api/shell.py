"""The command line as users start it: in a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MNEMIC = [sys.executable, "-c", "from mnemic.api.cli import main; main()"]
SECONDS = 120


def run(
    *arguments: str | Path, input: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``mnemic`` to its end."""
    return subprocess.run(
        [*MNEMIC, *map(str, arguments)],
        input=input,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, **environment},
    )


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start ``mnemic`` and go on."""
    return subprocess.Popen(
        [*MNEMIC, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(*arguments: str | Path, input: str | None = None) -> dict[str, Any]:
    """The one JSON object that a command prints; it must succeed."""
    done = run(*arguments, "--json", input=input)
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def corpus(path: Path, count: int, *, prefix: str = "d") -> Path:
    """A BEIR JSONL file with so many documents."""
    rows = (
        {"_id": f"{prefix}{i}", "title": f"Title {i}", "text": f"common text number{i}"}
        for i in range(count)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
