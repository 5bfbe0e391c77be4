"""What an evaluated index costs, by what a retriever asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import mnemic
from mnemic.api.cli.eval_costs import Costs, added, keep, kept
from mnemic.api.cli.eval_encoders import roles_of
from mnemic.eval.report import Indexing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mnemic.types import Query, Ranking


@dataclass(frozen=True)
class Called:
    """A retriever that is known by its name alone."""

    name: str

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        return []


def test_the_bytes_of_substrings_are_those_of_their_retrievers_alone(tmp_path: Path) -> None:
    with mnemic.open(tmp_path / "data") as database:
        papers = database.collection("papers", create=True, encoder=None)
        papers.add([mnemic.Document(id="a", text="some words")])
        papers.flush()
        stats = papers.stats()
    costs = added(stats, 1.5, 7)
    assert costs.of({"dense"}) == Indexing(1, 1.5, stats.bytes - stats.ngram_bytes, 7)
    assert costs.of({"ngram"}).bytes == stats.bytes > stats.ngram_bytes > 0


def test_costs_are_kept(tmp_path: Path) -> None:
    costs = Costs(Indexing(3, 0.5, 10, 20), {"dense": Indexing(3, 1.0, 5, 6)}, substrings=8)
    keep(tmp_path, "key", costs, complete=True)
    assert kept(tmp_path, "key") == costs
    assert kept(tmp_path, "other") is None


@pytest.mark.parametrize(
    ("name", "roles"), [("ngram", {"ngram"}), ("ngram:small", {"ngram"}), ("ngrams", set())]
)
def test_retrievers_by_n_grams_ask_for_substrings(name: str, roles: set[str]) -> None:
    assert roles_of(Called(name)) == roles
