"""One tree of errors: drawn in the docstring, complete, and readable by the person who sees it."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

import mnemic
from mnemic import errors
from mnemic.errors import MnemicError

TREE = {
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, MnemicError)
}
LEAVES = sorted(TREE - {MnemicError}, key=lambda leaf: leaf.__name__)


def test_the_tree_is_the_one_of_the_design() -> None:
    assert {leaf.__name__ for leaf in LEAVES} == {
        "InvalidInput",
        "NotFound",
        "Conflict",
        "Unauthenticated",
        "Forbidden",
        "IndexCorrupt",
        "FormatTooNew",
        "DimensionMismatch",
        "Unsupported",
        "Unavailable",
        "LimitExceeded",
    }


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_is_drawn_documented_and_public(leaf: type[MnemicError]) -> None:
    assert leaf.__name__ in (errors.__doc__ or "")
    assert leaf.__doc__
    assert getattr(mnemic, leaf.__name__) is leaf
    assert leaf.__subclasses__() == []


@pytest.mark.parametrize("leaf", LEAVES)
def test_message_and_hint_are_both_shown(leaf: type[MnemicError]) -> None:
    error = leaf("k is -1", hint="ask for 0 or more hits")
    assert (error.message, error.hint) == ("k is -1", "ask for 0 or more hits")
    assert str(error) == "k is -1 (ask for 0 or more hits)"
    assert str(leaf("k is -1")) == "k is -1"


def test_builtin_handlers_catch_what_they_expect() -> None:
    assert issubclass(errors.InvalidInput, ValueError)
    assert issubclass(errors.NotFound, LookupError)


@pytest.mark.parametrize("leaf", LEAVES)
def test_errors_travel_between_processes(leaf: type[MnemicError]) -> None:
    error = leaf("gone", hint="look again")
    # Worker pools of users pickle exceptions; mnemic itself never does.
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(twin), twin.message, twin.hint) == (leaf, "gone", "look again")
