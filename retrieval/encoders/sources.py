"""Where an encoder's files are and what they are, without loading any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mnemic.errors import IndexCorrupt
from mnemic.llm.json_files import read_object
from mnemic.llm.models.store import locate
from mnemic.llm.models.table import find
from mnemic.llm.onnx.convert import GRAPH, Receipt, read_receipt

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.retrieval.encoders.specs import Kind
    from mnemic.settings import Settings

Pooling: TypeAlias = Literal["mean", "splade", "static"]
STATIC_WINDOW = 512
_KINDS: dict[str, Kind] = {"mean": "dense", "static": "dense", "splade": "sparse"}


@dataclass(frozen=True, slots=True)
class Source:
    """A model on disk.

    Attributes:
        name: What it is called; never a path.
        folder: Where its files are.
        pooling: How tokens become one vector.
        precision: Of the weights: ``int8``, ``fp32`` or ``fp16``.
        dims: Width of the vectors; the size of the vocabulary for sparse ones.
        window: Most tokens of one text, special ones included.
        weights: sha256 of the file that training made.
        tokenizer: sha256 of the tokenizer's file.
        graph: sha256 of what runs; empty where the weights are used as they are.
    """

    name: str
    folder: Path
    pooling: Pooling
    precision: str
    dims: int
    window: int
    weights: str
    tokenizer: str
    graph: str = ""

    @property
    def kind(self) -> Kind:
        """Which vectors come out."""
        return _KINDS[self.pooling]


def pulled(name: str, settings: Settings) -> Source:
    """The source of a model that ``mnemic models pull`` fetched, by names, sizes and receipt.

    Raises:
        NotFound: The model is not there; the hint has the command that fetches it.
        IndexCorrupt: A file is missing or has another size than was pulled.
    """
    model, folder = find(name), locate(name, settings=settings)
    pins = {file.name: file.sha256 for file in model.files}
    if model.graph:
        receipt = read_receipt(folder)
        return graph_source(model.name, folder, receipt, tokenizer=pins["tokenizer.json"])
    from mnemic.llm.static import read_shape

    _, width = read_shape(folder / "model.safetensors")
    return Source(
        name=model.name,
        folder=folder,
        pooling="static",
        precision="fp16",
        dims=width,
        window=STATIC_WINDOW,
        weights=pins["model.safetensors"],
        tokenizer=pins["tokenizer.json"],
    )


def graph_source(name: str, folder: Path, receipt: Receipt, *, tokenizer: str) -> Source:
    """The source of a folder with a converted graph.

    Raises:
        IndexCorrupt: The receipt or the configuration is not one of ours.
    """
    if receipt.head not in ("mean", "splade"):
        raise IndexCorrupt(f"{folder / GRAPH} ends in {receipt.head!r}, which is not known")
    width = "hidden_size" if receipt.head == "mean" else "vocab_size"
    return Source(
        name=name,
        folder=folder,
        pooling="mean" if receipt.head == "mean" else "splade",
        precision=receipt.precision,
        dims=_whole(read_object(folder / "config.json"), width, folder),
        window=receipt.window,
        weights=receipt.source_sha256,
        tokenizer=tokenizer,
        graph=receipt.sha256,
    )


def _whole(config: dict[str, Any], key: str, folder: Path) -> int:
    value = config.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise IndexCorrupt(f"{folder / 'config.json'}: {key} is {value!r}")
    return value
