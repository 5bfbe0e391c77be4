"""The public surface is a list, and a test holds it."""

from __future__ import annotations

import importlib
import inspect

import pytest
from tests.unit.packaging.tree import modules, packages

import mnemic

SURFACE = [
    "Conflict",
    "Database",
    "DimensionMismatch",
    "Document",
    "Explanation",
    "Forbidden",
    "FormatTooNew",
    "Hit",
    "IndexCorrupt",
    "InvalidInput",
    "LimitExceeded",
    "MnemicError",
    "NotFound",
    "Passage",
    "Qrels",
    "Query",
    "Ranking",
    "Run",
    "Unauthenticated",
    "Unavailable",
    "Unsupported",
    "__version__",
    "eval",
    "open",
    "retrieval",
]


def test_the_surface_is_this_list() -> None:
    assert sorted(mnemic.__all__) == SURFACE


@pytest.mark.parametrize("name", SURFACE)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(mnemic, name)
    assert name == "__version__" or inspect.getdoc(value)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mnemic.nothing


@pytest.mark.parametrize("module", modules())
def test_every_module_imports_and_says_what_it_is_for(module: str) -> None:
    assert importlib.import_module(module).__doc__


@pytest.mark.parametrize("package", packages())
def test_what_a_package_lists_is_sorted_and_there(package: str) -> None:
    module = importlib.import_module(f"mnemic.{package.replace('/', '.')}")
    listed = getattr(module, "__all__", [])
    assert list(listed) == sorted(listed, key=constants_classes_functions)
    assert [name for name in listed if not hasattr(module, name)] == []


def constants_classes_functions(name: str) -> tuple[int, str]:
    """The order that ruff holds ``__all__`` in."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
