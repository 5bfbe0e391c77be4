"""From a GGUF file to bfloat16 safetensors and a tokenizer: once, when a model is pulled.

Each tensor is dequantised with ``gguf`` and written a block at a time, so memory stays below a few
hundred megabytes and neither torch nor transformers is loaded. The receipt is written last:
without it nothing counts, so a conversion that was cut short is done again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from mnemic.errors import IndexCorrupt, NotFound
from mnemic.llm.causal.bfloat16 import write_tensors
from mnemic.llm.causal.gguf_file import config, read_gguf, sources
from mnemic.llm.causal.gguf_tokenizer import tokenizer_config, tokenizer_json
from mnemic.llm.models.files import sync_folder, typed_errors, write_durably

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
SOURCE = "model.gguf"
WEIGHTS = "model.safetensors"
RECEIPT = f"causal-v{FORMAT}.json"
NEEDS = "gguf"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a conversion made, written after it.

    Attributes:
        format: Version of the conversion that this mnemic does.
        source_sha256: Of the GGUF file.
        gguf: The version of the package that dequantised it.
        sizes: Bytes of each file.
        hashes: sha256 of each file.
    """

    format: int
    source_sha256: str
    gguf: str
    sizes: dict[str, int]
    hashes: dict[str, str]


def convert(folder: Path, *, source_sha256: str) -> Receipt:
    """Write the files and the receipt beside the GGUF file; about ten seconds for SmolLM2.

    Raises:
        Unsupported: ``gguf`` is not installed, or the file holds another kind of model.
        IndexCorrupt: The file cannot be read.
        LimitExceeded: The disk is full.
    """
    file = read_gguf(folder / SOURCE)
    small = {
        "config.json": json.dumps(config(file), indent=2).encode() + b"\n",
        "tokenizer.json": tokenizer_json(file),
        "tokenizer_config.json": tokenizer_config(file),
    }
    with typed_errors(folder):
        (folder / RECEIPT).unlink(missing_ok=True)
        hashes = {WEIGHTS: write_tensors(folder / WEIGHTS, sources(file))}
    for name, data in small.items():
        write_durably(folder / name, data)
        hashes[name] = hashlib.sha256(data).hexdigest()
    sync_folder(folder)
    sizes = {name: (folder / name).stat().st_size for name in hashes}
    receipt = Receipt(FORMAT, source_sha256, version("gguf"), sizes, hashes)
    write_durably(folder / RECEIPT, json.dumps(asdict(receipt), indent=2).encode() + b"\n")
    return receipt


def read_receipt(folder: Path) -> Receipt:
    """The receipt of a folder's conversion.

    Raises:
        NotFound: There is no conversion of this format.
        IndexCorrupt: The receipt is not readable.
    """
    path = folder / RECEIPT
    try:
        receipt = Receipt(**json.loads(path.read_bytes()))
        if receipt.sizes.keys() != receipt.hashes.keys():
            raise ValueError("sizes and hashes are of different files")
    except FileNotFoundError as error:
        raise NotFound(
            f"{folder} is not converted", hint="'mnemic models pull NAME' converts it."
        ) from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise IndexCorrupt(f"{path} cannot be read: {error}") from error
    return receipt


def is_converted(folder: Path) -> bool:
    """Whether a receipt is there and its files have their sizes; hashes nothing."""
    try:
        receipt = read_receipt(folder)
    except (NotFound, IndexCorrupt):
        return False
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return all(sizes.get(name) == size for name, size in receipt.sizes.items())
