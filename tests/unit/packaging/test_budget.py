"""Small modules, small functions, telling names."""

from __future__ import annotations

import ast
from statistics import median
from typing import TYPE_CHECKING

import pytest
from tests.unit.packaging.tree import PARTS, ROOT, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_MODULE = 400
MEDIAN_MODULE = 150
LONGEST_FUNCTION = 60
VAGUE = {"utils", "util", "base", "helpers", "common", "misc", "manager", "managers"}
CODE = [*sources(*PARTS, "scripts", "bench"), *sources("src/mnemic")]
CODE = sorted({path.resolve() for path in CODE})
EVERYTHING = [*CODE, *sources("tests")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_MODULE


def test_modules_are_small_on_the_whole() -> None:
    assert median(len(path.read_text("utf-8").splitlines()) for path in CODE) <= MEDIAN_MODULE


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_no_function_is_too_long(path: Path) -> None:
    long = {name: lines for name, lines in functions(path) if lines > LONGEST_FUNCTION}
    assert not long


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_names_say_what_they_hold(path: Path) -> None:
    assert path.stem.strip("_") not in VAGUE
    tree = ast.parse(path.read_text("utf-8"))
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert not [name for name in classes if name.endswith(("Manager", "Helper", "Utils"))]


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_nothing_dangerous_is_called(path: Path) -> None:
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"eval", "exec", "pickle.load", "pickle.loads", "os.system"}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and code lines of every function; the docstring does not count."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            first = node.body[0]
            has_text = ast.get_docstring(node) is not None and first.end_lineno
            documented = first.end_lineno - first.lineno + 1 if has_text else 0  # type: ignore[operator]
            yield node.name, node.end_lineno - node.lineno + 1 - documented
