"""The guide's examples run, and its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mnemic.api.errors import FAULTS
from mnemic.sdk import Collection, Database

if TYPE_CHECKING:
    from mnemic.errors import MnemicError

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "sdk.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```", GUIDE, re.M | re.S)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/guides/sdk.md", "exec"), {})
    assert (tmp_path / "data" / "catalogue.sqlite").exists()


@pytest.mark.parametrize("kind", FAULTS)
def test_every_error_stands_in_the_guide_with_its_codes(kind: type[MnemicError]) -> None:
    row = FAULTS[kind]
    assert f"| `{kind.__name__}` | {row.status} | {row.exit_code} | " in GUIDE


@pytest.mark.parametrize("kind", [Database, Collection])
def test_every_public_method_stands_in_the_guide(kind: type) -> None:
    internal = {"storage_key", "path", "actor", "name", "analyzer"}
    public = [name for name in vars(kind) if not name.startswith("_") and name not in internal]
    assert [name for name in public if f".{name}" not in GUIDE and f"`{name}" not in GUIDE] == []
