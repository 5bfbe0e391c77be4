"""Fingerprints of what runs elsewhere: names, since an endpoint does not tell its weights."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mnemic.errors import NotFound, Unavailable
from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def identity(name: str, settings: Mapping[str, Any]) -> Fingerprint:
    """A fingerprint whose digest covers its name and settings."""
    canonical = json.dumps([name, settings], sort_keys=True, separators=(",", ":"))
    digest = hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
    return Fingerprint(name=name, settings=dict(settings), digest=digest)


def model_fingerprint(host: str, model: str, tokenizer: Path | None) -> Fingerprint:
    """The identity of a language model at an endpoint.

    Raises:
        NotFound: The tokenizer file is not there.
        Unavailable: It cannot be read.
    """
    digest = "" if tokenizer is None else _sha256(tokenizer)
    settings = {"model": model, "host": host, "tokenizer_sha256": digest}
    return identity(f"model:openai:{model}", settings)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there", hint="Name the model's tokenizer.json.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error
