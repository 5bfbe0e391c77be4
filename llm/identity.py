"""Which model is this? Its name, its settings and the hashes of the files that make its output."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mnemic.errors import NotFound
from mnemic.llm.models.files import sha256_of
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def hashes_of(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """sha256 of each file by its path inside the folder; reads them all, a second a gigabyte.

    Raises:
        NotFound: A file is missing.
    """
    hashes = {}
    for path in files:
        if not path.is_file():
            raise NotFound(f"{folder} has no {path.name}", hint="Fetch the whole model again.")
        hashes[path.relative_to(folder).as_posix()] = sha256_of(path)
    return hashes


def identify(name: str, settings: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint of a model.

    Args:
        name: What it is called, without ``model:``.
        settings: Everything that changes its output, as JSON values; hashes among them.
    """
    text = json.dumps([name, settings], sort_keys=True)
    return Fingerprint(f"model:{name}", dict(settings), hashlib.sha256(text.encode()).hexdigest())


def identify_tokenizer(name: str, sha256: str) -> Fingerprint:
    """The fingerprint of a tokenizer, which is that of its file whatever the model is called.

    Args:
        name: What it is called, without ``tokenizer:``.
        sha256: Of its ``tokenizer.json``.
    """
    return Fingerprint(f"tokenizer:{name}", {"sha256": sha256}, sha256)
