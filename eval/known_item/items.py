"""One documented thing of the standard library, read from source without running it."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TITLE = 200
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Item:
    """A documented module, class, function or method.

    Attributes:
        id: Qualified name, e.g. ``textwrap.TextWrapper.wrap``.
        title: The name as it is called, e.g. ``textwrap.TextWrapper.wrap(self, text)``.
        text: The docstring without its indentation.
        module: The module's name.
        kind: ``module``, ``class``, ``function`` or ``method``.
    """

    id: str
    title: str
    text: str
    module: str
    kind: str


def from_source(module: str, source: str) -> Iterator[Item]:
    """Every documented thing of a module, in the order of the source.

    Special methods such as ``__len__`` are left out: their documentation says what every other
    class's says.

    Raises:
        SyntaxError: The source is not Python of this version.
    """
    tree = ast.parse(source)
    if text := _documentation(tree):
        yield Item(module, module, text, module, "module")
    yield from _inside(tree, module, module)


def _inside(parent: ast.Module | ast.ClassDef, path: str, module: str) -> Iterator[Item]:
    for node in _definitions(parent.body):
        if node.name.startswith("__"):
            continue
        name = f"{path}.{node.name}"
        if text := _documentation(node):
            in_class = isinstance(parent, ast.ClassDef)
            yield Item(name, _title(name, node), text, module, _kind(node, in_class=in_class))
        if isinstance(node, ast.ClassDef):
            yield from _inside(node, name, module)


def _definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Definition):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.With):
            # Many functions are defined under a test for the platform.
            for field in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(node, field, []))


def _documentation(node: ast.Module | Definition) -> str:
    return _clean(ast.get_docstring(node, clean=True))


def _clean(text: str | None) -> str:
    # An escape in a docstring can spell a lone surrogate, which no file can hold.
    return (text or "").encode(errors="replace").decode().strip()


def _kind(node: Definition, *, in_class: bool) -> str:
    if isinstance(node, ast.ClassDef):
        return "class"
    return "method" if in_class else "function"


def _title(name: str, node: Definition) -> str:
    if isinstance(node, ast.ClassDef):
        parents = ", ".join(map(ast.unparse, node.bases))
        title = f"{name}({parents})" if parents else name
    else:
        title = f"{name}({ast.unparse(node.args)})"
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 3]}..."


def from_object(name: str, thing: object, *, module: str, kind: str) -> Item | None:
    """The item of a living object of a C module, or ``None`` when it has no documentation.

    C docstrings begin with a signature line, which becomes the title.
    """
    text = _clean(inspect.cleandoc(getattr(thing, "__doc__", None) or ""))
    title = name
    if kind != "module":
        try:
            title = f"{name}{inspect.signature(thing)}"  # type: ignore[arg-type]  # else TypeError
        except (ValueError, TypeError):
            # Some C functions have no signature that can be read; the name must do.
            title = name
    return Item(name, title[:LONGEST_TITLE], text, module, kind) if text else None
