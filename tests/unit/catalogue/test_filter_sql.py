from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.filter_oracle import matches

from mnemic.errors import InvalidInput
from mnemic.types import And, Compare, Document, Not, Or

if TYPE_CHECKING:
    from mnemic.catalogue import Catalogue
    from mnemic.types import Filter

ROWS: list[dict[str, Any]] = [
    {},
    {"f": None},
    {"f": True},
    {"f": False},
    {"f": 1},
    {"f": 1.0},
    {"f": 0},
    {"f": "1"},
    {"f": "true"},
    {"f": ""},
    {"f": "abc"},
    {"f": "é"},
    {"f": "\U0001f642"},
    {"f": "\uffff"},
    {"f": "Z"},
    {"f": []},
    {"f": [1, "a", None, True]},
    {"f": [[1]]},
    {"f": {"g": 1}},
    {"f": {"g": None, "0": 5}},
    {"f": {"1": 2}},
    {"f": 2**53 + 1},
    {"f": float(2**53)},
    {"f": 2.0**62 + 1024},
    {"f": 1e300},
    {"f": -1.5},
    {"f": 0.1 + 0.2},
    {"f": "it's"},
    {"f.g": 1},
]
OPERANDS: list[Any] = [
    None, True, False, 0, 1, 1.0, 2, "1", "a", "", "é", "\uffff", 2**53, 2**53 + 1, 2**62 + 1024,
    0.3, 0.1 + 0.2, 1e300, -1.5, "true", "'", "%", "_",
]  # fmt: skip
PATHS = [("f",), ("f", "g"), ("f", "0"), ("f", "1"), ("missing",), ("",)]


@pytest.fixture
def rows(catalogue: Catalogue, papers: int) -> int:
    with catalogue.transaction() as transaction:
        documents = [Document(id=str(n), metadata=row) for n, row in enumerate(ROWS)]
        transaction.documents.insert(papers, documents, on_duplicate="error")
    return papers


def agree(catalogue: Catalogue, collection: int, filters: list[Filter]) -> None:
    with catalogue.reading() as transaction:
        for filter in filters:
            found = transaction.documents.matching(collection, filter).tolist()
            wanted = [n for n, row in enumerate(ROWS) if matches(filter, row)]
            assert found == wanted, filter


@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "gte", "lt", "lte", "contains"])
def test_every_operand_against_every_value(catalogue: Catalogue, rows: int, operator: Any) -> None:
    filters = [Compare(path, operator, item) for path in PATHS for item in OPERANDS]
    agree(catalogue, rows, list(filters))


def test_lists_and_existence(catalogue: Catalogue, rows: int) -> None:
    lists: list[tuple[Any, ...]] = [(), (None,), (1, "a"), (True, None, 0.1 + 0.2), tuple(OPERANDS)]
    filters: list[Filter] = []
    for path in PATHS:
        filters += [Compare(path, "in", items) for items in lists]
        filters += [Compare(path, "nin", items) for items in lists]
        filters += [Compare(path, "exists", True), Compare(path, "exists", False)]
    agree(catalogue, rows, filters)


def test_combinations(catalogue: Catalogue, rows: int) -> None:
    one, text = Compare(("f",), "eq", 1), Compare(("f",), "gte", "a")
    agree(
        catalogue,
        rows,
        [
            And(()), Or(()), Not(And(())), And((one, text)), Or((one, text)), Not(Or((one, text))),
            And((Not(one), Or((text, Compare(("f", "g"), "eq", None))))), Not(Not(one)),
        ],
    )  # fmt: skip


def test_a_thousand_clauses_and_ten_thousand_values(catalogue: Catalogue, rows: int) -> None:
    clauses = tuple(Compare(("f",), "eq", number) for number in range(1000))
    values = tuple(range(10_000))
    deep: Filter = clauses[1]
    for _ in range(16):
        deep = Not(And((deep, Or((deep,)) if deep is clauses[1] else And(()))))
    filters: list[Filter] = [Or(clauses), And(tuple(map(Not, clauses))), deep]
    agree(catalogue, rows, [*filters, Compare(("f",), "in", values)])


def test_empty_collections_match_nothing(catalogue: Catalogue, papers: int) -> None:
    with catalogue.reading() as transaction:
        found = transaction.documents.matching(papers, And(()))
        assert (found.dtype.name, found.size) == ("int64", 0)


def test_other_collections_and_deleted_documents_stay_out(catalogue: Catalogue, rows: int) -> None:
    with catalogue.transaction() as transaction:
        notes = transaction.collections.create("notes", settings={}).id
        transaction.documents.insert(notes, [Document(id="n")], on_duplicate="error")
        transaction.documents.delete(rows, ["0", "2"])
        assert transaction.documents.matching(notes, And(())).tolist() == [0]
        assert transaction.documents.matching(rows, And(())).tolist()[:3] == [1, 3, 4]


@pytest.mark.parametrize(
    "filter",
    [
        Compare(("f",), "like", 1),  # type: ignore[arg-type]
        Compare(("f",), "eq", 2**63),
        Compare(("f",), "gt", float("nan")),
        Compare(("f",), "eq", "\0"),
        Compare(("f",), "in", ("\ud800",)),
        Compare(("f",), "eq", [1]),  # type: ignore[arg-type]
        Compare(('f"',), "eq", 1),
        Compare(("\\",), "eq", 1),
        Compare((), "eq", 1),
        Compare(("\ud800",), "eq", 1),
        {"f": 1},
    ],
)
def test_hostile_filters_are_refused(catalogue: Catalogue, papers: int, filter: Any) -> None:
    with catalogue.reading() as transaction, pytest.raises(InvalidInput, match="filter"):
        transaction.documents.matching(papers, filter)
