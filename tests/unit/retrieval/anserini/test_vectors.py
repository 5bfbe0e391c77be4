"""Weighted terms as Anserini's JSON, and the rule that makes them whole."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from mnemic.errors import InvalidInput, LimitExceeded
from mnemic.retrieval.anserini import TermVector, quantised, read_vectors, write_vectors

if TYPE_CHECKING:
    from pathlib import Path


def test_weights_are_scaled_and_rounded() -> None:
    assert quantised({"fox": 1.234, "##es": 0.006, "gone": 0.004, "none": 0.0}) == {
        "fox": 123,
        "##es": 1,
    }
    assert quantised({"a": 0.5, "b": 1.5, "c": 3}, scale=1) == {"b": 2, "c": 3}
    assert quantised({"a": 655.35}) == {"a": 65_535}


def test_a_line_is_what_anserini_indexes(tmp_path: Path) -> None:
    write_vectors(tmp_path / "v", [TermVector("d 1", {"fox": 1.2, "東": 0.001}, "a fox")])
    (line,) = (tmp_path / "v" / "docs-00000.jsonl").read_text().splitlines()
    assert json.loads(line) == {"id": "d 1", "contents": "a fox", "vector": {"fox": 120}}


@pytest.mark.parametrize("shard", [1, 2, 3])
def test_whole_weights_round_trip(tmp_path: Path, shard: int) -> None:
    vectors = [
        TermVector("a", {"fox": 120, "ö": 1}),
        TermVector("b", {}),
        TermVector("c", {"x" * 255: 65_535}, "x"),
    ]
    assert write_vectors(tmp_path / "v", vectors, scale=1, shard=shard) == 3
    assert list(read_vectors(tmp_path / "v")) == vectors


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ({"a b": 1.0}, InvalidInput),
        ({"a\u3000": 1.0}, InvalidInput),
        ({"": 1.0}, InvalidInput),
        ({"x" * 256: 1.0}, InvalidInput),
        ({"🦊" * 128: 1.0}, InvalidInput),
        ({"a": -0.1}, InvalidInput),
        ({"a": math.nan}, InvalidInput),
        ({"a": math.inf}, InvalidInput),
        ({"a": 655.36}, LimitExceeded),
    ],
)
def test_what_cannot_be_indexed_is_refused(
    tmp_path: Path, weights: dict[str, float], error: type[Exception]
) -> None:
    with pytest.raises(error, match="document 'd'"):
        write_vectors(tmp_path / "v", [TermVector("d", weights)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_a_scale_is_above_zero(scale: float) -> None:
    with pytest.raises(InvalidInput, match="scale"):
        quantised({"a": 1.0}, scale=scale)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({}, "no vector"),
        ({"vector": []}, "no vector"),
        ({"vector": {"a": "1"}}, "no vector"),
        ({"vector": {"a": True}}, "no vector"),
        ({"vector": {"a": -1}}, "no vector"),
        ({"vector": {}, "contents": 3}, "contents is a int"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, record: dict[str, object], problem: str) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "1", **record}))
    with pytest.raises(InvalidInput, match=f"line 1: {problem}"):
        list(read_vectors(tmp_path))
