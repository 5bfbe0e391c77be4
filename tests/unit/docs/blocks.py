"""The examples on pages, and a run of them in a folder of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.unit.packaging.tree import ROOT

BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = ["bash", "-euo", "pipefail", "-c"]


def page(name: str) -> str:
    """The text of a guide."""
    return (ROOT / "docs" / "guides" / name).read_text("utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and code of every example that can be run."""
    return [(str(language), str(code)) for language, code in BLOCK.findall(text)]


def run(
    language: str, code: str, folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one example, with the commands of this environment."""
    binaries = Path(sys.executable).parent
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [*(SHELL if language == "sh" else [sys.executable, "-c"]), code],
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
    )


def printed(examples: list[tuple[str, str]], folder: Path, **variables: str) -> list[str]:
    """What examples print, one after the other; each must succeed."""
    found = []
    for language, code in examples:
        done = run(language, code, folder, **variables)
        assert done.returncode == 0, f"{code}\n{done.stderr}"
        found.append(done.stdout)
    return found
