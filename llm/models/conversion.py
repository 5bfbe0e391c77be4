"""What is made of a pulled model's files, once: an ONNX graph, or safetensors for torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mnemic.errors import MnemicError
from mnemic.llm.extras import INSTALL, installed
from mnemic.llm.models.files import check_sha256, typed_errors, write_durably

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.llm.models.table import Model, ModelFile
    from mnemic.llm.onnx.bert import Head


def is_converted(model: Model, folder: Path) -> bool:
    """Whether everything that this mnemic makes of the model is there; hashes nothing."""
    if model.graph:
        from mnemic.llm.onnx import convert as graphs

        return graphs.is_converted(folder)
    if model.causal:
        from mnemic.llm.causal import conversion

        return conversion.is_converted(folder)
    return True


def convert(model: Model, folder: Path) -> str:
    """Make it anew; what keeps it from being made, or nothing.

    Raises:
        IndexCorrupt: A file of the model cannot be read.
        LimitExceeded: The disk is full.
        Unsupported: The files hold another kind of model.
    """
    if model.graph:
        _make_graph(model, folder)
    if model.causal:
        from mnemic.llm.causal import conversion

        if not installed(conversion.NEEDS):
            return f"not converted, for that needs {INSTALL}; then pull it again"
        conversion.convert(folder, source_sha256=_source(model).sha256)
    return ""


def problems(model: Model, folder: Path) -> list[str]:
    """What is wrong with what was made; hashes all of it.

    A model that was never converted, and cannot be here, is whole.
    """
    try:
        if model.graph:
            return _graph_problems(model, folder)
        return _causal_problems(model, folder) if model.causal else []
    except MnemicError as error:
        return [error.message]


def hash_problems(path: Path, sha256: str) -> list[str]:
    """Whether a file is missing or altered."""
    if not path.is_file():
        return [f"{path} is missing"]
    try:
        check_sha256(path, sha256)
    except MnemicError as error:
        return [error.message]
    return []


def _make_graph(model: Model, folder: Path) -> None:
    from mnemic.llm.onnx.convert import GRAPH, RECEIPT, convert, receipt_bytes

    with typed_errors(folder):
        graph, receipt = convert(
            folder,
            head=cast("Head", model.graph),
            source_sha256=_source(model).sha256,
            window=model.window,
        )
    write_durably(folder / GRAPH, graph)
    write_durably(folder / RECEIPT, receipt_bytes(receipt))


def _graph_problems(model: Model, folder: Path) -> list[str]:
    from mnemic.llm.onnx.convert import GRAPH, read_receipt

    receipt = read_receipt(folder)
    if receipt.source_sha256 != _source(model).sha256:
        return [f"{folder / GRAPH} was made of other weights"]
    return hash_problems(folder / GRAPH, receipt.sha256)


def _causal_problems(model: Model, folder: Path) -> list[str]:
    from mnemic.llm.causal.conversion import NEEDS, RECEIPT, WEIGHTS, read_receipt

    if not (folder / RECEIPT).exists() and not installed(NEEDS):
        return []
    receipt = read_receipt(folder)
    if receipt.source_sha256 != _source(model).sha256:
        return [f"{folder / WEIGHTS} was made of other weights"]
    found = (hash_problems(folder / name, digest) for name, digest in receipt.hashes.items())
    return [problem for problems in found for problem in problems]


def _source(model: Model) -> ModelFile:
    return next(file for file in model.files if file.name in ("model.safetensors", "model.gguf"))
