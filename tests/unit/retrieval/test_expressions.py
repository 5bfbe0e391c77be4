"""Hybrids in writing: what a table prints can be given back."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnemic.errors import InvalidInput
from mnemic.retrieval import BM25Spec, HybridRetriever, HybridSpec
from mnemic.retrieval.expressions import DEEPEST, MOST_CHARACTERS, is_expression, leaves, parse
from mnemic.retrieval.fusion import FUSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from mnemic.types import Query, Ranking


class Named:
    """A retriever that has a name and finds nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def search(
        self, queries: Sequence[str | Query], k: int, *, filter: Any = None
    ) -> list[Ranking]:
        return []


def bound(part: object) -> Any:
    return part.bind(bound) if isinstance(part, HybridSpec) else Named(str(part))


def printed(text: str) -> str:
    retriever = parse(text).bind(bound)
    assert isinstance(retriever, HybridRetriever)
    return retriever.name


NAMES = [
    *(
        f"{fusion}({parts})"
        for fusion, parts in itertools.product(
            FUSIONS,
            ["bm25", "bm25,dense", "bm25@0.3,dense@0.7,sparse@0", "rrf(bm25,dense)@2,sparse@1"],
        )
    ),
    *("rrf(bm25,dense)/1000", "rrf(bm25,min-max(bm25,dense)/7)", "rrf(a@0.3,rrf(b)/9@0.7)/1"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_name_is_read_back(name: str) -> None:
    assert is_expression(name)
    assert printed(name) == name


def test_spaces_do_not_matter_and_a_missing_weight_is_one() -> None:
    assert parse(" rrf( bm25 , dense @ 2 ) ") == parse("rrf(bm25@1,dense@2)")
    assert parse("rrf(bm25,dense)").weights is None
    assert parse("rrf(bm25,dense)").fusion == FUSIONS["rrf"]


@pytest.mark.parametrize(
    "name", ["bm25", "dense", "pyserini:a(b),c@d", "pyserini-impact:/x (1)", "", "a@b"]
)
def test_names_of_single_retrievers_are_no_expressions(name: str) -> None:
    assert not is_expression(name)
    assert list(leaves(name)) == [name]


def test_leaves_are_those_of_all_levels() -> None:
    spec = HybridSpec(("rrf(bm25,min-max(dense,sparse))", BM25Spec()))
    assert list(leaves(spec)) == ["bm25", "dense", "sparse", BM25Spec()]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rrf(", "malformed"),
        ("rrf)", "malformed"),
        ("bm25,dense", "malformed"),
        ("rrf(bm25))", "malformed"),
        ("rrf(bm25)dense", "malformed"),
        ("rrf((bm25)", "malformed"),
        ("rrf(a)(b)", "malformed"),
        ("rrf(a)/", "malformed"),
        ("rrf(a)/x", "malformed"),
        ("rrf(a)/99999999", "malformed"),
        ("rrf(a)/0", "depth=0"),
        ("rrf()", "empty part"),
        ("rrf(bm25,)", "empty part"),
        ("rrf(@1)", "empty part"),
        ("rrf(bm25@)", "no weight"),
        ("rrf(bm25@x)", "no weight"),
        ("rrf(bm25@nan)", "no weight"),
        ("rrf(bm25@-1,dense@2)", "no weight"),
        ("rrf(bm25@inf)", "no weight"),
        ("rrf(bm25@0)", "weights"),
        ("mean(bm25,dense)", "no fusion named"),
        ("(bm25,dense)", "no fusion named"),
        ("rrf(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), "malformed"),
        ("rrf(" * 5000, "characters"),
    ],
)
def test_malformed_text_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint) as caught:
        parse(text)
    assert caught.value.hint or complaint in ("weights", "depth=0")


@pytest.mark.parametrize("space", [" ", "\n", "a "])
@pytest.mark.parametrize("place", ["{}(", "rrf{}(", "rrf(a){}(", "rrf(a)/{}(", "rrf(a@{}())"])
def test_the_longest_text_is_refused_in_linear_time(place: str, space: str) -> None:
    filled = space * ((MOST_CHARACTERS - len(place)) // len(space))
    with pytest.raises(InvalidInput):
        parse(place.format(filled))


@given(st.text("rf(),@ .1-bm", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        spec = parse(text)
    except InvalidInput:
        return
    assert spec.parts
    assert printed(printed(text)) == printed(text)
