from __future__ import annotations

from mnemic.retrieval.filters import unparse
from mnemic.types import And, Compare, Not, Or


def test_writes_every_form() -> None:
    filter = And(
        (
            Or((Compare(("a", "b"), "eq", None), Compare(("c",), "in", (1, "x")))),
            Not(Compare(("d",), "exists", True)),
        )
    )
    assert unparse(filter) == {
        "$and": [
            {"$or": [{"a.b": {"$eq": None}}, {"c": {"$in": [1, "x"]}}]},
            {"$not": {"d": {"$exists": True}}},
        ]
    }
