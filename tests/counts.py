"""How many cases a test runs: a small budget by default, the full counts in make test-all."""

from __future__ import annotations

import os

FULL = os.environ.get("MNEMIC_TEST_FULL") == "1"


def scaled(default: int, full: int) -> int:
    """The number of cases for this run."""
    return full if FULL else default
