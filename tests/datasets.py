"""Where the real test collections are, and how their archives are unpacked once a machine."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import xxhash


def find_data_set(name: str, data: Path) -> Path | None:
    """The folder ``data/name``, else the archive ``data/name.tar.xz``, else nothing."""
    candidates = (data / name, data / f"{name}.tar.xz")
    return next((path for path in candidates if path.exists()), None)


def unpacked(archive: Path, cache: Path) -> Path:
    """Unpack an archive into a folder of its own name, once for all processes of a machine.

    The cache is addressed by content, so a changed archive is unpacked anew. Processes that race
    each unpack a copy; one rename wins and the others throw their copy away.
    """
    name = archive.name.removesuffix(".tar.xz")
    home = cache / _digest(archive)
    if (home / name).is_dir():
        return home / name
    cache.mkdir(parents=True, exist_ok=True)
    copy = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cache))
    try:
        _extract(archive, copy)
        os.rename(copy, home)
    except OSError:
        if not (home / name).is_dir():
            raise
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return home / name


def _digest(archive: Path) -> str:
    digest = xxhash.xxh3_64()
    with archive.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as file:
        for member in file.getmembers():
            inside = (target / member.name).resolve().is_relative_to(target.resolve())
            if not inside or not (member.isfile() or member.isdir()):
                raise OSError(f"{archive}: refuses to unpack {member.name!r}")
        if hasattr(tarfile, "data_filter"):  # not in Python 3.11.0 to 3.11.3
            file.extractall(target, filter="data")
        else:
            file.extractall(target)
