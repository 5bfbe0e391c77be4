"""The command line in this process, for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from mnemic.api.cli.app import cli

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ROWS = [
    {"_id": "a", "title": "FIRST", "text": "single token reranking", "metadata": {"year": 2024}},
    {"_id": "b", "title": "", "text": "a token \x1b[31m is but one small piece", "metadata": {}},
    {"_id": "c", "text": "dense retrieval 漢字"},
]


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def answer(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    result = call(*arguments, "--json")
    assert result.exit_code == code, result.output
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value
