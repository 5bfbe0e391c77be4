"""Model folders of the user's own: those that mnemic made, and BERT models, converted once."""

from __future__ import annotations

import hashlib
import shutil
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from mnemic.errors import NotFound, Unsupported
from mnemic.llm.models.files import sha256_of, sync_folder, typed_errors, write_durably
from mnemic.llm.onnx.convert import FORMAT, GRAPH, RECEIPT, read_receipt
from mnemic.retrieval.encoders.layouts import Head, Layout, read_layout
from mnemic.retrieval.encoders.sources import Source, graph_source

if TYPE_CHECKING:
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.settings import Settings

CONVERTED = "converted"
_HEADS: dict[str, Head] = {"dense": "mean", "sparse": "splade"}


def local(spec: EncoderSpec, settings: Settings) -> Source:
    """The source of a folder; the first time it is converted into the cache, in some seconds.

    Raises:
        NotFound: There is no such folder, or it holds no model.
        IndexCorrupt: A file of it cannot be read.
        Unsupported: It is no plain BERT, or pools in another way.
        Forbidden: The cache may not be written.
        LimitExceeded: The disk is full.
    """
    folder = Path(spec.model)
    if not folder.is_dir():
        raise NotFound(f"there is no model folder {folder}", hint="Give the path of a folder.")
    if (folder / RECEIPT).is_file():
        tokenizer = hash_of(folder / "tokenizer.json")
        return graph_source(folder.name, folder, read_receipt(folder), tokenizer=tokenizer)
    layout = read_layout(folder)
    head = _HEADS[spec.kind]
    if layout.head not in (head, None):
        raise Unsupported(f"{folder} makes no {spec.kind} vectors")
    target = _converted(layout, head, settings)
    tokenizer = hash_of(target / "tokenizer.json")
    return graph_source(folder.name, target, read_receipt(target), tokenizer=tokenizer)


def _converted(layout: Layout, head: Head, settings: Settings) -> Path:
    """The folder in the cache that has the graph of a layout; made where it is missing."""
    weights = hash_of(layout.folder / "model.safetensors")
    others = [hash_of(layout.folder / name) for name in ("config.json", "tokenizer.json")]
    parts = [weights, *others, head, str(layout.window), str(FORMAT)]
    key = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
    cache = settings.cache.absolute() / CONVERTED
    target = cache / f"{weights[:16]}-{key}"
    if not (target / RECEIPT).is_file():
        with typed_errors(cache):
            cache.mkdir(parents=True, exist_ok=True)
            fresh = Path(mkdtemp(prefix=".", dir=cache))
        try:
            _fill(fresh, layout, head, weights)
            _put_in_place(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def _fill(fresh: Path, layout: Layout, head: Head, weights: str) -> None:
    from mnemic.llm.onnx.convert import convert, receipt_bytes

    with typed_errors(fresh):
        graph, receipt = convert(
            layout.folder, head=head, source_sha256=weights, window=layout.window
        )
        for name in ("config.json", "tokenizer.json"):
            write_durably(fresh / name, (layout.folder / name).read_bytes())
    write_durably(fresh / GRAPH, graph)
    write_durably(fresh / RECEIPT, receipt_bytes(receipt))


def _put_in_place(fresh: Path, target: Path) -> None:
    with typed_errors(target):
        try:
            fresh.rename(target)
        except OSError:
            # Another process was first; the two folders hold the same.
            if not (target / RECEIPT).is_file():
                raise
    sync_folder(target.parent)


def hash_of(path: Path) -> str:
    """sha256 of a file; read again only when its time, size or place on disk changed.

    Raises:
        Unavailable: It cannot be read.
    """
    with typed_errors(path):
        status = path.stat()
    return _hashed(path, status.st_mtime_ns, status.st_size, status.st_ino)


@lru_cache(maxsize=256)
def _hashed(path: Path, *stamp: int) -> str:
    return sha256_of(path)
