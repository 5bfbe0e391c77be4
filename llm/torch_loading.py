"""Loading under torch: safetensors only, no code that comes with a model, no network."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mnemic.errors import (
    IndexCorrupt,
    InvalidInput,
    LimitExceeded,
    MnemicError,
    Unavailable,
    Unsupported,
)
from mnemic.llm.extras import extra
from mnemic.llm.foreign import refuse_foreign
from mnemic.llm.silence import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DTYPES = ("bfloat16", "float32")


def choose_dtype(name: str) -> Any:
    """The torch dtype of a name.

    Raises:
        InvalidInput: It is not one that models are run in.
        Unsupported: torch is not installed.
    """
    if name not in DTYPES:
        raise InvalidInput(f"dtype {name!r} is none of {', '.join(DTYPES)}")
    return getattr(extra("torch"), name)


def choose_device(name: str) -> Any:
    """The torch device of a name; ``auto`` takes the first CUDA device, or the processor.

    Raises:
        InvalidInput: There is no such kind of device.
        Unavailable: This machine, or this torch, has no such device.
        Unsupported: torch is not installed.
    """
    torch = extra("torch")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InvalidInput(f"device {name!r} is not known to torch") from error
    if device.type not in ("cpu", "cuda"):
        raise InvalidInput(f"device {name!r} is neither cpu nor cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise Unavailable(f"there is no device {name}", hint="device='cpu' always works.")
    return device


def pretrained(auto: str, folder: Path, *, dtype: Any, device: Any, spare: str = "") -> Any:
    """A transformers model in evaluation mode, every tensor of it out of the folder's files.

    Args:
        auto: The class of transformers that chooses the model's class, such as ``AutoModel``.
        folder: Where ``config.json`` and the safetensors are.
        dtype: The torch dtype to run in.
        device: The torch device to run on.
        spare: Tensors whose names begin so may be missing, because nobody uses them.

    Raises:
        IndexCorrupt: A file is damaged, or lacks a tensor.
        Unsupported: The model needs another package, another kind of file, or something from
            outside of its folder.
        LimitExceeded: There is not enough memory.
    """
    if not any(folder.glob("*.safetensors")):
        raise Unsupported(
            f"{folder} has no safetensors", hint="Other formats of weights are never opened."
        )
    refuse_foreign(folder)
    transformers = extra("transformers")
    with load_errors(folder), quiet():
        model, report = getattr(transformers, auto).from_pretrained(
            str(folder),
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        model = model.to(device).eval()
    # The library keeps on without them, with random numbers.
    missing = [name for name in report["missing_keys"] if not spare or not name.startswith(spare)]
    wrong = [*missing, *report["mismatched_keys"]]
    if wrong:
        raise IndexCorrupt(f"{folder}: {len(wrong)} tensors are missing, such as {wrong[0]}")
    return model


@contextmanager
def load_errors(folder: Path) -> Iterator[None]:
    """Turn what goes wrong while a model is loaded into mnemic's errors.

    Raises:
        LimitExceeded: torch could not allocate.
        Unsupported: The model needs another package.
        IndexCorrupt: Anything else: a damaged file raises whatever its reader meets first.
    """
    try:
        with memory(f"the weights of {folder}"):
            yield
    except MnemicError:
        raise
    except ImportError as error:
        raise Unsupported(f"{folder} needs another package: {error}") from error
    except Exception as error:
        raise IndexCorrupt(f"{folder} cannot be loaded: {error}") from error


@contextmanager
def memory(what: str) -> Iterator[None]:
    """Name what there was no memory for.

    Raises:
        LimitExceeded: torch could not allocate.
    """
    try:
        yield
    except RuntimeError as error:  # torch has no error of its own for the processor's memory
        if "alloc" not in str(error) and "out of memory" not in str(error):
            raise
        raise LimitExceeded(f"no memory for {what}", hint="Ask for smaller batches.") from error
