from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.filter_oracle import matches
from tests.counts import scaled
from tests.unit.catalogue.databases import BACKENDS, fresh_url

from mnemic.catalogue import Catalogue
from mnemic.types import And, Compare, Document, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnemic.types import Filter

KEYS = st.sampled_from(["a", "b", "é", "0", "", "a b", "$", "'", "[0]", "%"])
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-2, 2),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, 2.0**53, 2**53 + 1, 2.0**62 + 1024, 2**62 + 1024, 1e22, 0.1]),
)
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
    st.sampled_from(["", "a", "ab", "é", "Z", "\uffff", "\U0001f642", "1", "true", "null", "%"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=12)


@st.composite
def leaves(draw: st.DrawFn, values: list[Any]) -> Compare:
    # Mostly values that stand in the rows: others would hardly ever match.
    operands = st.one_of(SCALARS, st.sampled_from(values)) if values else SCALARS
    path = tuple(draw(st.lists(KEYS, min_size=1, max_size=2)))
    operator: Any = draw(st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "contains"]))
    match draw(st.integers(0, 9)):
        case 0:
            return Compare(path, "exists", draw(st.booleans()))
        case 1 | 2:
            listed: Any = draw(st.sampled_from(["in", "nin"]))
            return Compare(path, listed, tuple(draw(st.lists(operands, max_size=4))))
    return Compare(path, operator, draw(operands))


def filters(rows: list[dict[str, Any]]) -> st.SearchStrategy[Filter]:
    leaf: st.SearchStrategy[Filter] = leaves(list(scalars(rows)))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda some: And(tuple(some))),
            st.lists(inner, max_size=3).map(lambda some: Or(tuple(some))),
            inner.map(Not),
        ),
        max_leaves=5,
    )


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from scalars(item)
    else:
        yield value


@pytest.fixture(params=BACKENDS, scope="module")
def catalogue(request: pytest.FixtureRequest) -> Iterator[Catalogue]:
    with ExitStack() as stack:
        url = stack.enter_context(fresh_url(request.param))
        yield stack.enter_context(Catalogue.open(url))


@settings(
    max_examples=scaled(60, 3000),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), rows=ROWS)
def test_sql_agrees_with_plain_python(
    catalogue: Catalogue, data: st.DataObject, rows: list[dict[str, Any]]
) -> None:
    some = data.draw(st.lists(filters(rows), min_size=1, max_size=6))
    with catalogue.transaction() as transaction:
        collection = transaction.collections.create("rows", settings={}).id
        documents = [Document(id=str(n), metadata=row) for n, row in enumerate(rows)]
        transaction.documents.insert(collection, documents, on_duplicate="error")
        for filter in some:
            found = transaction.documents.matching(collection, filter).tolist()
            assert found == [n for n, row in enumerate(rows) if matches(filter, row)]
        transaction.collections.remove(collection)
