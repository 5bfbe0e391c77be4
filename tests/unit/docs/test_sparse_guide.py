"""The guide of the sparse engine: its programs run, and its picture follows the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.draw_sparse import TARGET, TERMS, candidates, front_coded, frontier, picture
from tests.unit.docs.blocks import blocks, page, printed

if TYPE_CHECKING:
    from pathlib import Path


def test_the_programs_of_the_sparse_guide_print_what_they_say(tmp_path: Path) -> None:
    words, segments, vectors = printed(blocks(page("sparse.md")), tmp_path)
    assert words.startswith("lucene [0 1] [0.80156513 0.29653226]\nlucene [0 1] [0.73")
    assert "bm25+ [0 1]" in words
    assert "\n(array([0.44719173]), array([1]" in words
    assert "documents with the term: 1'" in words
    both, allowed, merged = segments.splitlines()
    assert "array([1, 3, 0]" in both
    assert "array([0, 1]" in both
    assert "array([1, 3]" in allowed
    assert merged == "3"
    assert vectors.startswith("(array([3., 2.]), array([0, 1]")
    assert "term '9'" in vectors


def test_the_picture_is_what_the_script_draws() -> None:
    assert TARGET.read_text("utf-8") == picture(), "run `python -m scripts.draw_sparse`"


def test_the_picture_follows_the_rules_of_the_core() -> None:
    assert front_coded(TERMS) == [(0, "spade"), (3, "n"), (3, "rk"), (4, "se")]
    assert front_coded(["a", "ab", "ab"]) == [(0, "a"), (1, "b"), (2, "")]
    assert frontier([(9, 3), (4, 3), (7, 1), (2, 1), (5, 2)]) == [(4, 3), (2, 1)]
    assert 0 < len(candidates()) < 5
