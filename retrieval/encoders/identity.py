"""Who encoded this? The fingerprint that stands beside vectors."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mnemic.types import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mnemic.retrieval.encoders.sources import Source
    from mnemic.retrieval.encoders.specs import EncoderSpec

# Goes up when the same settings would give other vectors than before.
FORMAT = 1


def identify(spec: EncoderSpec, source: Source) -> Fingerprint:
    """The identity of an encoder whose files are known: hashes of all that it computes with."""
    return fingerprint(
        spec,
        name=source.name,
        facts={
            "weights": source.weights,
            "graph": source.graph,
            "tokenizer": source.tokenizer,
            "precision": source.precision,
            "pooling": source.pooling,
            "dims": source.dims,
            "window": source.window,
        },
    )


def fingerprint(spec: EncoderSpec, *, name: str, facts: Mapping[str, Any]) -> Fingerprint:
    """The identity of a spec's encoder.

    Args:
        spec: Its settings, prefixes and passages among them.
        name: What people call the model; it takes the place of ``spec.model``, which may be a
            path.
        facts: What else changes its vectors, as JSON values.
    """
    settings = {**spec.to_json(), **facts, "model": name, "format": FORMAT}
    title = f"encoder:{name}"
    canonical = json.dumps([title, settings], sort_keys=True, separators=(",", ":"))
    digest = hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()
    return Fingerprint(name=title, settings=settings, digest=digest)
