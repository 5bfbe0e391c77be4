"""What every index must do, whatever it holds: one suite that each kind inherits.

A subclass says how its rows are drawn, batched, built and searched, and what brute force finds;
the suite draws collections with several segments, deletions and filters, and compares.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.errors import InvalidInput
from mnemic.indexes.protocols import Index, Segment
from mnemic.indexes.storage import FileDirectory, RamDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mnemic.indexes.protocols import Bitmap
    from mnemic.indexes.storage import Directory
    from mnemic.types import TopK

Row = TypeVar("Row")
AnySegment: TypeAlias = Any  # each kind's own type; the protocol's classmethods return Self
RELATIVE = 1e-9


@dataclass(frozen=True)
class Piece:
    """One segment of a view: the segment, its documents' ordinals, its live bitmap."""

    segment: AnySegment
    ordinals: NDArray[np.int64]
    live: Bitmap | None


@dataclass(frozen=True)
class Case(Generic[Row]):
    """A drawn collection: rows by ordinal, where it is cut into segments, and what is asked."""

    rows: Mapping[int, Row]
    cuts: tuple[int, ...]
    deleted: frozenset[int]
    allowed: frozenset[int] | None
    queries: tuple[Row, ...]
    k: int

    @property
    def live(self) -> dict[int, Row]:
        return {ordinal: row for ordinal, row in self.rows.items() if ordinal not in self.deleted}

    def spans(self) -> list[list[int]]:
        """The ordinals of each segment."""
        ordinals, bounds = list(self.rows), [0, *self.cuts, len(self.rows)]
        return [ordinals[a:b] for a, b in pairwise(bounds)]

    def whole(self) -> Case[Row]:
        """The live documents in one segment."""
        return replace(self, rows=self.live, cuts=(), deleted=frozenset())


class Searchable(Protocol):
    """The read side as the suite uses it."""

    def search(
        self, queries: Any, k: int, *, allowed: Sequence[Bitmap | None] | None = None
    ) -> TopK: ...
    def stats(self) -> Any: ...


def bits(members: Iterable[bool]) -> Bitmap:
    return np.packbits(np.fromiter(members, np.bool_), bitorder="little")


@st.composite
def cases(
    draw: st.DrawFn, rows: st.SearchStrategy[Row], queries: st.SearchStrategy[Row]
) -> Case[Row]:
    """Collections of up to 24 rows with gaps between ordinals, cut, deleted and filtered."""
    found = draw(st.lists(rows, max_size=24))
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(found), max_size=len(found)))
    ordinals = [sum(gaps[: i + 1]) - 1 for i in range(len(gaps))]
    members = st.frozensets(st.sampled_from(ordinals)) if ordinals else st.just(frozenset[int]())
    return Case(
        rows=dict(zip(ordinals, found, strict=True)),
        cuts=tuple(sorted(draw(st.lists(st.integers(0, len(found)), max_size=3)))),
        deleted=draw(members),
        allowed=draw(st.none() | members),
        queries=tuple(draw(st.lists(queries, max_size=4))),
        k=draw(st.integers(0, 30)),
    )


class IndexContract(ABC, Generic[Row]):
    """Inherit as ``class TestMyIndex(IndexContract[...])`` and fill in the abstract methods."""

    # --- what an index kind says about itself ---------------------------------------------------

    @abstractmethod
    def documents(self) -> st.SearchStrategy[Row]:
        """One document; draw from few values, so that scores tie."""

    @abstractmethod
    def query_rows(self) -> st.SearchStrategy[Row]:
        """One query."""

    @abstractmethod
    def batch(self, rows: Sequence[Row]) -> Any:
        """Rows in the index kind's own batch form."""

    @abstractmethod
    def build(self, batch: Any) -> AnySegment:
        """A segment over a batch of documents."""

    @abstractmethod
    def index(self, pieces: Sequence[Piece]) -> Searchable:
        """A view over segments."""

    @abstractmethod
    def oracle(self, live: Mapping[int, Row], query: Row) -> Mapping[int, float]:
        """By brute force: the scores of all documents that match, by ordinal."""

    # --- how the suite puts cases together ------------------------------------------------------

    def cases(self) -> st.SearchStrategy[Case[Row]]:
        return cases(self.documents(), self.query_rows())

    def pieces(self, case: Case[Row]) -> list[Piece]:
        found = []
        for span in case.spans():
            segment = self.build(self.batch([case.rows[ordinal] for ordinal in span]))
            live = bits(ordinal not in case.deleted for ordinal in span)
            whole = case.deleted.isdisjoint(span)
            found.append(Piece(segment, np.asarray(span, np.int64), None if whole else live))
        return found

    def bitmaps(self, case: Case[Row], pieces: Sequence[Piece]) -> list[Bitmap | None] | None:
        if case.allowed is None:
            return None
        allowed = case.allowed
        return [bits(int(ordinal) in allowed for ordinal in piece.ordinals) for piece in pieces]

    def search(self, case: Case[Row], pieces: Sequence[Piece], k: int | None = None) -> TopK:
        k = case.k if k is None else k
        allowed = self.bitmaps(case, pieces)
        return self.index(pieces).search(self.batch(case.queries), k, allowed=allowed)

    def check(self, case: Case[Row], found: TopK) -> None:
        """``found`` holds the best ``k`` of what brute force finds, in order."""
        assert len(found) == len(case.queries)
        assert found.offsets[0] == 0
        assert found.offsets[-1] == len(found.scores) == len(found.ids)
        assert found.scores.dtype == np.dtype(np.float64)
        assert found.ids.dtype == np.dtype(np.int64)
        for number, query in enumerate(case.queries):
            scores, ids = found.row(number)
            self._check_row(case, query, list(zip(scores.tolist(), ids.tolist(), strict=True)))

    def _check_row(self, case: Case[Row], query: Row, hits: list[tuple[float, int]]) -> None:
        matches = dict(self.oracle(case.live, query))
        if case.allowed is not None:
            matches = {i: score for i, score in matches.items() if i in case.allowed}
        assert len(hits) == min(case.k, len(matches))
        assert hits == sorted(hits, key=lambda hit: (-hit[0], hit[1]))
        for score, ordinal in hits:
            assert math.isclose(score, matches.pop(ordinal), rel_tol=RELATIVE, abs_tol=RELATIVE)
        if hits and matches:
            worst = hits[-1][0]
            assert max(matches.values()) <= worst + RELATIVE * max(1.0, abs(worst))

    # --- the suite ------------------------------------------------------------------------------

    @given(data=st.data())
    def test_search_equals_brute_force(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        self.check(case, self.search(case, self.pieces(case)))

    @given(data=st.data())
    def test_a_cut_is_a_prefix_of_the_full_ranking(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces = self.pieces(case)
        everything, found = self.search(case, pieces, len(case.rows)), self.search(case, pieces)
        for number in range(len(case.queries)):
            for full, cut in zip(everything.row(number), found.row(number), strict=True):
                assert full[: case.k].tolist() == cut.tolist()

    @given(data=st.data())
    def test_scores_do_not_depend_on_segments_or_deletions(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        found, fresh = (self.search(c, self.pieces(c)) for c in (case, case.whole()))
        same_results(found, fresh)

    @given(data=st.data())
    def test_merged_segments_answer_like_their_parts(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces = self.pieces(case)
        same_results(self.search(case, pieces), self.search(case, [self.merged(pieces)]))

    def merged(self, pieces: Sequence[Piece]) -> Piece:
        segment = type(pieces[0].segment).merge([(piece.segment, piece.live) for piece in pieces])
        kept = [piece.ordinals[_mask(piece)] for piece in pieces]
        return Piece(segment, np.concatenate(kept), None)

    @given(data=st.data())
    def test_a_saved_segment_answers_alike_from_memory(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        self._check_saved(case, RamDirectory())

    def test_a_saved_segment_answers_alike_from_files(self, tmp_path: Path) -> None:
        directories = iter(range(1_000_000))

        @given(data=st.data())
        def saved(data: st.DataObject) -> None:
            folder = tmp_path / str(next(directories))
            folder.mkdir()
            self._check_saved(data.draw(self.cases()), FileDirectory(folder))

        saved()

    def _check_saved(self, case: Case[Row], directory: Directory) -> None:
        pieces = self.pieces(case)
        opened = []
        for number, piece in enumerate(pieces):
            entry = piece.segment.save(directory, f"{number}.bin")
            segment = type(piece.segment).open(directory, entry)
            assert segment.document_count == piece.segment.document_count
            opened.append(replace(piece, segment=segment))
        same_results(self.search(case, pieces), self.search(case, opened))

    @given(data=st.data())
    def test_no_hits_for_k_of_zero(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        found = self.search(case, self.pieces(case), 0)
        assert found.offsets.tolist() == [0] * (len(case.queries) + 1)

    @given(data=st.data(), k=st.integers(25, 2**62))
    def test_k_beyond_the_documents_gives_all_matches(self, data: st.DataObject, k: int) -> None:
        case = replace(data.draw(self.cases()), k=k)
        self.check(case, self.search(case, self.pieces(case)))

    @given(data=st.data(), k=st.integers(max_value=-1))
    def test_negative_k_is_refused(self, data: st.DataObject, k: int) -> None:
        case = data.draw(self.cases())
        with pytest.raises(InvalidInput, match="k="):
            self.search(case, self.pieces(case), k)

    @given(data=st.data())
    def test_allowed_must_fit_the_segments(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces = self.pieces(case)
        index, queries = self.index(pieces), self.batch(case.queries)
        with pytest.raises(InvalidInput, match="allowed"):
            index.search(queries, 1, allowed=[None] * (len(pieces) + 1))
        with pytest.raises(InvalidInput, match="allowed"):
            index.search(queries, 1, allowed=[np.zeros(99, np.uint8)] * len(pieces))

    @given(data=st.data())
    def test_stats_count_documents(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces = self.pieces(case)
        stats = self.index(pieces).stats()
        dead = len(case.rows) - len(case.live)
        assert (stats.documents, stats.deleted) == (len(case.live), dead)
        assert stats.segments == len(pieces)
        assert stats.bytes >= 0

    @given(data=st.data())
    def test_a_snapshot_never_changes(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces = self.pieces(case)
        index, queries = self.index(pieces), self.batch(case.queries)
        before = index.search(queries, case.k)
        for piece in pieces:
            if piece.live is not None:
                piece.live[:] = 0
        self.index([replace(piece, live=bits([False] * len(piece.ordinals))) for piece in pieces])
        same_results(before, index.search(queries, case.k))

    @given(data=st.data())
    def test_a_deletion_leaves_other_views_alone(self, data: st.DataObject) -> None:
        case = data.draw(self.cases())
        pieces = self.pieces(case)
        gone = [replace(piece, live=bits([False] * len(piece.ordinals))) for piece in pieces]
        emptied = self.index(gone).search(self.batch(case.queries), 10)
        assert len(emptied.ids) == 0
        self.check(case, self.search(case, pieces))

    def test_an_index_without_segments_finds_nothing(self) -> None:
        index = self.index([])
        found = index.search(self.batch([]), 5)
        assert (len(found), len(found.ids), index.stats().documents) == (0, 0, 0)

    def test_the_protocols_are_met(self) -> None:
        segment = self.build(self.batch([]))
        assert isinstance(segment, Segment)
        assert isinstance(self.index([]), Index)
        assert segment.document_count == 0


def same_results(a: TopK, b: TopK) -> None:
    """Bit for bit: ids, scores and offsets."""
    assert a.offsets.tolist() == b.offsets.tolist()
    assert a.ids.tolist() == b.ids.tolist()
    assert a.scores.tobytes() == b.scores.tobytes()


def _mask(piece: Piece) -> NDArray[np.bool_]:
    if piece.live is None:
        return np.ones(len(piece.ordinals), np.bool_)
    return np.unpackbits(piece.live, count=len(piece.ordinals), bitorder="little").view(np.bool_)
