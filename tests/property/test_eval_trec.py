"""TREC files: what goes out comes back, and equal runs give equal bytes."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from mnemic.errors import InvalidInput
from mnemic.eval.trec import ordered, read_qrels, read_run, write_qrels, write_run
from mnemic.types import Qrels, Run

if TYPE_CHECKING:
    from typing import Literal

# A byte order mark at the start of a file is no part of the first id.
WORDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), min_size=1
)
SCORES = st.floats(-1e9, 1e9)
RANKINGS = st.dictionaries(WORDS, st.dictionaries(WORDS, SCORES, min_size=1), max_size=5)
GRADES = st.dictionaries(WORDS, st.dictionaries(WORDS, st.integers(-2, 4), min_size=1), max_size=5)
SUFFIXES = st.sampled_from(["trec", "trec.gz"])


@given(WORDS, RANKINGS, SUFFIXES)
def test_a_run_comes_back_rounded(
    name: str, rankings: dict[str, dict[str, float]], suffix: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"run.{suffix}"
        write_run(path, Run(name, rankings))
        found = read_run(path)
        first = path.read_bytes()
        write_run(path, found)
        assert path.read_bytes() == first or not rankings
    assert found.rankings == {query: dict(ordered(scores)) for query, scores in rankings.items()}
    assert found.name == (name if rankings else "")


@given(WORDS, RANKINGS, st.randoms())
def test_insertion_order_does_not_matter(
    name: str, rankings: dict[str, dict[str, float]], random: object
) -> None:
    shuffled = {
        query: dict(reversed(scores.items())) for query, scores in reversed(rankings.items())
    }
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "a", Path(folder) / "b"
        write_run(first, Run(name, rankings))
        write_run(second, Run(name, shuffled))
        assert first.read_bytes() == second.read_bytes()


@given(GRADES, st.sampled_from(["trec", "beir"]))
def test_judgements_come_back(
    grades: dict[str, dict[str, int]], form: Literal["trec", "beir"]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qrels.tsv"
        write_qrels(path, Qrels(grades), form=form)
        assert read_qrels(path) == Qrels(grades)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        for read in (read_run, read_qrels):
            with suppress(InvalidInput):
                read(path)
