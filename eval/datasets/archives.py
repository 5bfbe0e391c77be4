"""Archives of data sets, unpacked once per content and never outside their folder."""

from __future__ import annotations

import lzma
import os
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import xxhash

from mnemic.errors import InvalidInput, LimitExceeded, Unsupported
from mnemic.eval.files import sync_folder, typed_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 64 * 1024**3
MOST_FILES = 10_000
_SUFFIXES = (".tar.xz", ".tar.gz", ".tgz")


def unpacked(archive: Path, *, cache: Path) -> Path:
    """The folder with the archive's content, unpacked now or before.

    The place is named by the content's hash, so a changed archive is unpacked anew; the folder
    appears by one rename, so a crash or a second process never shows half of it.

    Raises:
        InvalidInput: Not an archive, damaged, or it holds links, devices or outside paths.
        LimitExceeded: More than 64 GiB or 10,000 files.
    """
    name = _stem(archive)
    place = cache / "datasets" / f"{name}-{_digest(archive)}"
    if not place.is_dir():
        _unpack_into(place, archive)
    inner = place / name
    return inner if inner.is_dir() else place


def _stem(archive: Path) -> str:
    for suffix in _SUFFIXES:
        if archive.name.endswith(suffix):
            return archive.name.removesuffix(suffix)
    return archive.stem


def _digest(archive: Path) -> str:
    digest = xxhash.xxh3_128()
    with typed_errors(archive), archive.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _unpack_into(place: Path, archive: Path) -> None:
    with typed_errors(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            _extract(archive, temporary)
            if not place.is_dir():
                temporary.replace(place)
            sync_folder(place.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _extract(archive: Path, folder: Path) -> None:
    if not hasattr(tarfile, "data_filter"):
        raise Unsupported(
            "this Python's tarfile cannot unpack safely",
            hint="use Python 3.11.4 or newer, or unpack it yourself and give the folder",
        )
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in _checked(tar, archive):
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError) as error:
        raise InvalidInput(
            f"{archive} cannot be unpacked: {error}", hint="fetch the archive again"
        ) from error


def _checked(tar: tarfile.TarFile, archive: Path) -> Iterator[tarfile.TarInfo]:
    files = size = 0
    for member in tar:
        files, size = files + 1, size + member.size
        if files > MOST_FILES or size > MOST_BYTES:
            raise LimitExceeded(
                f"{archive} unpacks to more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes",
                hint="unpack it yourself and give the folder",
            )
        parts = PurePosixPath(member.name).parts
        outside = member.name.startswith("/") or ".." in parts
        if outside or not (member.isfile() or member.isdir()):
            raise InvalidInput(
                f"{archive} holds {member.name!r}, which is not a plain file inside it",
                hint="unpack it yourself and give the folder",
            )
        yield member
