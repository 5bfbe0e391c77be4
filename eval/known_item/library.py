"""Where the standard library's documentation lies: source files, and modules written in C."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

from mnemic.eval.known_item.items import Item, from_object, from_source

if TYPE_CHECKING:
    from collections.abc import Iterator

# Toys, tests, bundled tools, and what many installations leave out.
LEFT_OUT = frozenset(
    {"antigravity", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "this"}
    | {"tkinter", "turtle", "turtledemo"}
)
_TESTS = frozenset({"test", "tests", "__pycache__", "site-packages", "dist-packages"})
# C modules whose import does nothing but define names, under the names that users know them by.
COMPILED = {
    "builtins": "builtins",
    "posix": "os",
    "sys": "sys",
    "time": "time",
    "math": "math",
    "cmath": "cmath",
    "itertools": "itertools",
    "array": "array",
    "binascii": "binascii",
    "zlib": "zlib",
    "errno": "errno",
    "gc": "gc",
    "marshal": "marshal",
    "select": "select",
    "mmap": "mmap",
    "unicodedata": "unicodedata",
    "_collections": "collections",
    "_functools": "functools",
    "_operator": "operator",
    "_struct": "struct",
    "_io": "io",
    "_thread": "_thread",
    "_socket": "socket",
    "_csv": "csv",
    "_datetime": "datetime",
    "_decimal": "decimal",
    "_random": "random",
    "_sre": "re",
    "_codecs": "codecs",
    "_weakref": "weakref",
    "_signal": "signal",
    "_json": "json",
    "_heapq": "heapq",
    "_bisect": "bisect",
    "_bz2": "bz2",
    "_lzma": "lzma",
    "_hashlib": "hashlib",
    "_contextvars": "contextvars",
    "_queue": "queue",
    "_pickle": "pickle",
    "_ssl": "ssl",
    "_sqlite3": "sqlite3",
}


def items() -> list[Item]:
    """Every documented thing of the standard library, sorted by id; no two share one.

    Source is parsed, never run; only the allow-listed C modules are imported. Where a thing is
    written in Python and in C, the Python one is taken. Cost: some seconds.
    """
    found: dict[str, Item] = {}
    for module, path in sorted(_sources()):
        for item in _parsed(module, path):
            found.setdefault(item.id, item)
    for name, known_as in COMPILED.items():
        for item in _compiled(name, known_as):
            found.setdefault(item.id, item)
    return [found[identity] for identity in sorted(found)]


def _sources() -> Iterator[tuple[str, Path]]:
    for name in sorted(sys.stdlib_module_names - LEFT_OUT):
        if name.startswith("_"):
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.origin or not spec.origin.endswith(".py"):
            continue
        if spec.submodule_search_locations:
            yield from _package(name, Path(spec.origin).parent)
        else:
            yield name, Path(spec.origin)


def _package(name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if _TESTS.intersection(parts):
            continue
        names = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(part.startswith("_") for part in names):
            yield ".".join((name, *names)), path


def _parsed(module: str, path: Path) -> list[Item]:
    try:
        with tokenize.open(path) as file:
            return list(from_source(module, file.read()))
    except (SyntaxError, UnicodeDecodeError):
        # The library ships a few files that are wrong on purpose, for tests and templates.
        return []


def _compiled(name: str, known_as: str) -> Iterator[Item]:
    try:
        module = importlib.import_module(name)
    except ImportError:
        # Built without it; the collection has fewer documents then, as SOURCE.md counts.
        return
    for attribute, value in sorted(vars(module).items()):
        if attribute.startswith("_") or not _own(value, {name, known_as}):
            continue
        kind = "class" if inspect.isclass(value) else "function"
        yield from _object(f"{known_as}.{attribute}", value, module=known_as, kind=kind)


def _own(value: object, modules: set[str]) -> bool:
    if inspect.isclass(value):
        return value.__module__ in modules
    return inspect.isbuiltin(value)


def _object(name: str, value: object, *, module: str, kind: str) -> Iterator[Item]:
    if item := from_object(name, value, module=module, kind=kind):
        yield item
    if not inspect.isclass(value):
        return
    for attribute, member in sorted(vars(value).items()):
        if not attribute.startswith("_") and inspect.isroutine(member):
            path = f"{name}.{attribute}"
            if item := from_object(path, member, module=module, kind="method"):
                yield item
