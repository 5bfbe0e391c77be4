from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

import mnemic
from mnemic import errors
from mnemic.api.errors import FAULTS, UNEXPECTED, exit_code, fault, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTED_EXIT_CODES = {0, 1, 2, 3, 4, 5, 130}


def subclasses(kind: type[errors.MnemicError]) -> Iterator[type[errors.MnemicError]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def every_error() -> set[type[errors.MnemicError]]:
    for module in pkgutil.walk_packages(mnemic.__path__, "mnemic."):
        if ".migrations." not in module.name:
            importlib.import_module(module.name)
    ours = (kind for kind in subclasses(errors.MnemicError) if kind.__module__[:6] == "mnemic")
    return set(ours)


def test_no_error_of_the_tree_is_unmapped() -> None:
    found = every_error()
    assert len(found) >= 11
    assert [kind for kind in found if fault(kind) is UNEXPECTED] == []


def test_every_row_of_the_table_is_in_the_tree_and_in_the_documented_codes() -> None:
    assert set(FAULTS) <= every_error()
    assert {row.exit_code for row in FAULTS.values()} <= DOCUMENTED_EXIT_CODES
    assert all(400 <= row.status <= 599 for row in FAULTS.values())
    assert len({row.slug for row in FAULTS.values()}) == len(FAULTS)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (errors.InvalidInput, 400, 4),
        (errors.NotFound, 404, 3),
        (errors.Conflict, 409, 1),
        (errors.Unauthenticated, 401, 1),
        (errors.Forbidden, 403, 1),
        (errors.IndexCorrupt, 500, 5),
        (errors.FormatTooNew, 500, 5),
        (errors.DimensionMismatch, 422, 4),
        (errors.Unsupported, 501, 1),
        (errors.Unavailable, 503, 1),
        (errors.LimitExceeded, 413, 1),
    ],
)
def test_status_and_exit_code(kind: type[errors.MnemicError], status: int, code: int) -> None:
    error = kind("what", hint="how")
    body = problem(error)
    assert (body["status"], exit_code(error)) == (status, code)
    assert (body["detail"], body["hint"]) == ("what", "how")
    assert body["type"].startswith("urn:mnemic:error:")
    assert set(body) == {"type", "title", "status", "detail", "hint"}


def test_a_subclass_has_the_row_of_its_parent() -> None:
    class Special(errors.NotFound):
        pass

    assert fault(Special("x")) is FAULTS[errors.NotFound]


def test_a_bug_is_named_and_fails() -> None:
    body = problem(ZeroDivisionError("oops"))
    assert (body["status"], body["detail"]) == (500, "ZeroDivisionError: oops")
    assert exit_code(ZeroDivisionError()) == 1
    assert exit_code(KeyboardInterrupt()) == 130
