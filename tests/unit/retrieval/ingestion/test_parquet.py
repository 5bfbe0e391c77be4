"""Parquet: types, row groups, damage, and the hint where pyarrow is missing."""

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from mnemic.errors import Unsupported
from mnemic.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def test_types_become_json(load: Callable[..., Any], tmp_path: Path) -> None:
    row = {"id": 5, "text": "x", "at": datetime(2024, 5, 1), "price": Decimal("1.50")}
    row |= {"raw": b"ab", "tags": ["a"], "nested": {"k": float("nan")}}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    expected = {"at": "2024-05-01T00:00:00", "price": 1.5, "raw": "YWI=", "tags": ["a"]}
    assert load(tmp_path).documents == [
        Document(id="5", text="x", metadata=expected | {"nested": {"k": None}})
    ]


def test_bad_rows_are_reported_and_groups_resume(load: Callable[..., Any], tmp_path: Path) -> None:
    rows = [{"id": f"d{i}" if i % 10 else "", "text": "x"} for i in range(1000)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)
    outcome = load(path)
    assert len(outcome.ids) == 900
    assert [error.line for error in outcome.errors][:2] == [1, 11]
    assert outcome.records[-1].bytes_read == path.stat().st_size
    for start in (0, 1, 299, 300, 650, 1000):
        assert load(path, resume_from={str(path): start}).ids == [
            f"d{i}" for i in range(start, 1000) if i % 10
        ]
    assert load(path, resume_from={str(path): 1001}).errors


@pytest.mark.parametrize("content", [b"", b"not parquet", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_damaged_files_are_reported(
    load: Callable[..., Any], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    (error,) = load(tmp_path).errors
    assert "Parquet" in error.message


def test_missing_pyarrow_says_what_to_install(
    load: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(Unsupported, match=r"pip install \"mnemic\[parquet\]\""):
        load(tmp_path)
