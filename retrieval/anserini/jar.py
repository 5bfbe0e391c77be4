"""Which Anserini: the jar of an installed pyserini, or the one out of pyserini's pinned wheel.

Installing pyserini brings torch and a web server along; the wheel that is pinned here is fetched by
hash, only its jar is taken out, and none of its Python is installed or run.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from mnemic.errors import IndexCorrupt, InvalidInput, NotFound, Unavailable
from mnemic.indexes.storage.failures import translating
from mnemic.llm.models.files import sha256_of, sync_folder
from mnemic.llm.models.table import Model, ModelFile
from mnemic.llm.models.unpack import unpack
from mnemic.llm.models.wheels import from_folder, from_pypi
from mnemic.settings import Settings

COMMAND = "mnemic pyserini pull"
PINNED = Model(
    name="anserini",
    title="Anserini 0.38.0 with all that it needs, as one jar",
    kind="jar",
    package="pyserini",
    version="0.40.0",
    wheel_sha256="fbda53e84dbded1b120055a900976c37d6a53cc841d518f40e2a8b00e454377f",
    licence="Apache-2.0",
    source="castorini/anserini",
    caution="",
    default=False,
    graph="",
    window=0,
    files=(
        ModelFile(
            name="anserini-0.38.0-fatjar.jar",
            entry="pyserini/resources/jars/anserini-0.38.0-fatjar.jar",
            size=187_526_278,
            sha256="d4d934c5b726df5114d5d7c1edcf2689cb75bf4cd72afc415599cb0012e3747d",
        ),
    ),
)


def find_jar(settings: Settings | None = None) -> Path:
    """The jar of ``MNEMIC_ANSERINI``; else an installed pyserini's; else the one that was pulled.

    Raises:
        InvalidInput: ``MNEMIC_ANSERINI`` is no file, or a path that Java's class path cannot hold.
        Unavailable: There is none; the hint has the command that fetches it.
    """
    settings = settings or Settings.from_environment()
    if settings.anserini is not None:
        if not settings.anserini.is_file():
            raise InvalidInput(
                f"MNEMIC_ANSERINI={str(settings.anserini)!r} is no file",
                hint=f"Name Anserini's fatjar; or unset it, and '{COMMAND}' fetches one.",
            )
        return _usable(settings.anserini)
    found = _installed() or _pulled(settings)
    if found is None:
        raise Unavailable(
            "Anserini's jar is not here",
            hint=f"pip install 'mnemic[pyserini]', then '{COMMAND}' fetches it (188 MB).",
        )
    return _usable(found)


def pull_jar(*, settings: Settings | None = None, source: Path | None = None) -> tuple[Path, bool]:
    """Make sure that the pinned jar is in the cache and whole.

    Args:
        settings: Whose cache; the environment's by default.
        source: A folder with the wheel to use instead of PyPI.

    Returns:
        Where it is, and whether it had to be fetched.

    Raises:
        NotFound: ``source`` lacks the wheel.
        Unavailable: The index cannot be reached.
        IndexCorrupt: The wheel or the jar has another hash than the pinned one.
        LimitExceeded: The disk is full.
        Forbidden: The cache may not be written.
    """
    target = place(settings or Settings.from_environment())
    with translating(str(target), action="write"):
        target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file() and sha256_of(target) == PINNED.files[0].sha256:
        return target, False
    if source is not None and not source.is_dir():
        raise NotFound(f"{source} is no folder", hint="Name a folder that holds the wheel.")
    with (
        translating(str(target), action="write"),
        tempfile.TemporaryDirectory(prefix=".pull-", dir=target.parent) as scratch,
    ):
        _take_out(Path(scratch), target, source)
    sync_folder(target.parent)
    return target, True


def place(settings: Settings) -> Path:
    """Where the pinned jar is, or would be."""
    return settings.cache.absolute() / "anserini" / PINNED.files[0].name


def _take_out(scratch: Path, target: Path, source: Path | None) -> None:
    try:
        wheel = from_pypi(PINNED, scratch) if source is None else from_folder(PINNED, source)
        fresh = scratch / "fresh"
        fresh.mkdir()
        unpack(wheel, PINNED, into=fresh)
    except IndexCorrupt as error:
        raise IndexCorrupt(error.message, hint=f"'{COMMAND}' fetches it anew.") from error
    shutil.move(fresh / target.name, target)


def _pulled(settings: Settings) -> Path | None:
    path = place(settings)
    if not path.is_file():
        return None
    size, expected = path.stat().st_size, PINNED.files[0].size
    if size != expected:
        raise IndexCorrupt(
            f"{path} has {size:,} bytes, expected {expected:,}",
            hint=f"'{COMMAND}' fetches it anew.",
        )
    return path


def _installed() -> Path | None:
    package = importlib.util.find_spec("pyserini")
    if package is None or package.origin is None:
        return None
    jars = sorted((Path(package.origin).parent / "resources" / "jars").glob("anserini-*fatjar.jar"))
    return jars[-1] if jars else None


def _usable(path: Path) -> Path:
    if os.pathsep in str(path.absolute()) or path.name.endswith("*"):
        raise InvalidInput(
            f"{path} cannot stand in Java's class path",
            hint=f"Move it to a path without {os.pathsep!r}.",
        )
    return path.absolute()
