"""Random filters and metadata that meet: few field names, and numbers where floats go coarse."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mnemic.types import And, Compare, Filter, Not, Operator, Or

EDGE = (-(2**63), -(2**53) - 1, -1, 0, 1, 2**53 - 1, 2**53, 2**53 + 1, 2**53 + 2, 2**63 - 1)
COARSE = (-0.0, 0.5, 1.0, -(2.0**53), 2.0**53, 2.0**53 + 2, 2.0**63, -(2.0**63), 1e300, -5e-324)
WORDS = ("", "a", "A", "ab", "b", "aab", "ba", "é", "日本", "日", "😀", "￿", "1", "true")

NAMES = st.sampled_from(["a", "b", "c-d", "größe", "_x"])
INTEGERS = st.sampled_from(EDGE) | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
FLOATS = st.sampled_from(COARSE) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.sampled_from(WORDS) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=4
)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS
# A scalar is likelier than a container, so that leaves find something to compare.
VALUES = SCALARS | st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.just("not a field"), inner, max_size=3)
    ),
    max_leaves=6,
)
METADATA = st.dictionaries(NAMES | st.sampled_from(["a.b", "$eq", ""]), VALUES, max_size=4)
ROWS = st.lists(METADATA, max_size=20)

PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
_ONE: tuple[Operator, ...] = ("eq", "ne", "contains")
_MANY: tuple[Operator, ...] = ("in", "nin")
_ORDER: tuple[Operator, ...] = ("gt", "gte", "lt", "lte")

LEAVES = (
    st.builds(Compare, PATHS, st.sampled_from(_ONE), SCALARS)
    | st.builds(Compare, PATHS, st.sampled_from(_MANY), st.lists(SCALARS, max_size=5).map(tuple))
    | st.builds(Compare, PATHS, st.sampled_from(_ORDER), SCALARS.filter(lambda x: x is not None))
    | st.builds(Compare, PATHS, st.just("exists"), st.booleans())
)


def _clauses(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(inner, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


FILTERS: st.SearchStrategy[Filter] = st.recursive(LEAVES, _clauses, max_leaves=6)


def plain(filter: Filter) -> Any:
    """A form that tells 1 from True and 1.0, which ``==`` on filters does not."""
    return repr(filter)
