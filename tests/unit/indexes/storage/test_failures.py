"""What the operating system refuses comes out as one of our errors, and leaves no trace."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.unit.indexes.storage.samples import manifest, segment

from mnemic.errors import (
    Forbidden,
    IndexCorrupt,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    Unavailable,
)
from mnemic.indexes.storage import FileDirectory, ManifestStore, faults
from mnemic.indexes.storage.failures import translated

CASES = [
    (errno.ENOSPC, "write", LimitExceeded),
    (errno.EDQUOT, "write", LimitExceeded),
    (errno.EFBIG, "write", LimitExceeded),
    (errno.EROFS, "write", Forbidden),
    (errno.EACCES, "read", Forbidden),
    (errno.EPERM, "delete", Forbidden),
    (errno.ENOENT, "read", IndexCorrupt),
    (errno.ELOOP, "read", IndexCorrupt),
    (errno.ENOTDIR, "write", InvalidInput),
    (errno.EIO, "read", Unavailable),
    (errno.ENOENT, "sync", Unavailable),
]
WRITE_STEPS = ["write.before", "write.partial", "write.written", "write.synced"]
COMMIT_STEPS = ["sync.before", "replace.before", "replace.written", "replace.synced"]

UNPRIVILEGED = """
import os, sys
from mnemic.errors import Forbidden
from mnemic.indexes.storage import FileDirectory
if os.getuid() == 0:
    os.setuid(65534)
directory = FileDirectory(sys.argv[1])
for action in (lambda: directory.replace("a", b"x"), lambda: directory.delete("there")):
    try:
        action()
    except Forbidden as error:
        print(error)
"""


def fail(code: int) -> None:
    raise OSError(code, os.strerror(code))


@pytest.mark.parametrize(("code", "action", "expected"), CASES)
def test_every_refusal_has_its_error(code: int, action: str, expected: type[MnemicError]) -> None:
    error = translated(OSError(code, "x"), "folder/file", action=action)
    assert type(error) is expected
    assert "folder/file" in error.message
    assert error.hint


@pytest.mark.parametrize("step", WRITE_STEPS)
def test_full_disk_while_writing_leaves_no_file(files: FileDirectory, step: str) -> None:
    files.write("before", [b"x"])
    with faults.injected(step, lambda: fail(errno.ENOSPC)), pytest.raises(LimitExceeded):
        files.write("a", [b"one", b"two"])
    assert files.names() == ["before"]


@pytest.mark.parametrize("step", COMMIT_STEPS)
def test_full_disk_while_committing_leaves_the_old_state(files: FileDirectory, step: str) -> None:
    store = ManifestStore(files)
    old = manifest(segment(files))
    store.commit(old)
    new = manifest(*old.segments, segment(files, first=10), generation=2)
    with faults.injected(step, lambda: fail(errno.ENOSPC)), pytest.raises(LimitExceeded):
        store.commit(new)
    assert store.load() == old
    assert not [name for name in files.names() if name.endswith(".tmp")]
    store.commit(new)
    assert store.load() == new


def test_file_that_outgrows_its_limit_is_reported(files: FileDirectory) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit[1]))
    try:
        with pytest.raises(LimitExceeded, match="File too large"):
            files.write("a", [bytes(10_000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert files.names() == []


def test_read_only_folder_is_forbidden() -> None:
    # Not tmp_path: the other user could not even reach it.
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "there").write_bytes(b"x")
        os.chmod(folder, 0o555)
        command = [sys.executable, "-c", UNPRIVILEGED, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        os.chmod(folder, 0o755)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all("Permission denied" in line and folder in line for line in lines)
