"""From weights to the graph that runs: once, when a model is pulled.

The 8-bit weights are one scale a column; activations are quantised while the graph runs. ``onnx``
is imported here and nowhere at search time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt, NotFound
from mnemic.llm.onnx.bert import build
from mnemic.llm.onnx.weights import read_bert

if TYPE_CHECKING:
    from mnemic.llm.onnx.bert import Head

FORMAT = 1
GRAPH = f"graph-v{FORMAT}.onnx"
RECEIPT = f"graph-v{FORMAT}.json"
SMALLEST = 3  # tokens of a window: the two special ones and one of the text
_PREPARED = ("onnx.quant.pre_process", "onnxruntime.quant")  # or the quantiser warns


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a graph was made of, written after it.

    Attributes:
        format: Version of the graph that this mnemic builds.
        head: How the graph ends.
        precision: ``int8`` or ``fp32``.
        source_sha256: Of the weights that it was made from.
        sha256: Of the graph file.
        size: Bytes of the graph file.
        window: Most tokens of one text.
        onnxruntime: The version that quantised it.
    """

    format: int
    head: str
    precision: str
    source_sha256: str
    sha256: str
    size: int
    window: int
    onnxruntime: str


def convert(folder: Path, *, head: Head, source_sha256: str, window: int) -> tuple[bytes, Receipt]:
    """The graph of the weights in ``folder`` and its receipt; about three seconds for MiniLM.

    Raises:
        IndexCorrupt: The weights cannot be read or lack a tensor.
        Unsupported: They are not those of a plain BERT.
    """
    data = quantised(folder, head=head)
    receipt = Receipt(
        format=FORMAT,
        head=head,
        precision="int8",
        source_sha256=source_sha256,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        window=window,
        onnxruntime=version("onnxruntime"),
    )
    return data, receipt


def full_precision(folder: Path, *, head: Head) -> bytes:
    """The float32 graph, to compare with."""
    data: bytes = build(read_bert(folder), head=head).SerializeToString()
    return data


def quantised(folder: Path, *, head: Head) -> bytes:
    """The graph with 8-bit weights."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = build(read_bert(folder), head=head)
    entry = model.metadata_props.add()
    entry.key, entry.value = _PREPARED
    with TemporaryDirectory(prefix="mnemic-") as scratch:
        target = Path(scratch) / "graph.onnx"
        quantize_dynamic(model, target, per_channel=True, weight_type=QuantType.QInt8)
        return target.read_bytes()


def receipt_bytes(receipt: Receipt) -> bytes:
    """The receipt as it stands in its file."""
    return json.dumps(asdict(receipt), indent=2).encode() + b"\n"


def read_receipt(folder: Path) -> Receipt:
    """The receipt of a folder's graph.

    Raises:
        NotFound: There is no graph of this format.
        IndexCorrupt: The receipt is not readable.
    """
    path = folder / RECEIPT
    try:
        receipt = Receipt(**json.loads(path.read_bytes()))
        _check(receipt)
    except FileNotFoundError as error:
        raise NotFound(
            f"{folder} has no converted graph", hint="'mnemic models pull NAME' makes it."
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise IndexCorrupt(f"{path} cannot be read: {error}") from error
    return receipt


def is_converted(folder: Path) -> bool:
    """Whether a receipt is there and its graph has its size; hashes nothing."""
    path = folder / GRAPH
    try:
        return path.is_file() and path.stat().st_size == read_receipt(folder).size
    except (NotFound, IndexCorrupt):
        return False


def _check(receipt: Receipt) -> None:
    for name, wanted in Receipt.__annotations__.items():
        value = getattr(receipt, name)
        if type(value).__name__ != wanted:
            raise ValueError(f"{name} is {value!r}")
    if receipt.window < SMALLEST:
        raise ValueError(f"a window of {receipt.window} tokens fits no text")
