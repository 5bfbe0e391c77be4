"""One graph under ONNX Runtime: arrays in, arrays out, no thread that spins."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mnemic.errors import IndexCorrupt, LimitExceeded, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

ERROR = 3  # ONNX Runtime's own log level


class Session:
    """A loaded graph; calls from several threads may overlap.

    Args:
        graph: The file's bytes.
        name: What errors call it, such as its path.
        threads: Threads inside one call.

    Raises:
        IndexCorrupt: The bytes are no graph that this runtime can run.
    """

    def __init__(self, graph: bytes, *, name: str, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERROR
        # Spinning threads burn the cores that other work needs; lengths differ from call to call,
        # so plans for memory would never be used twice.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_mem_pattern = False
        self._name = name
        try:
            self._session: Any = onnxruntime.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions share no base class but this
            raise IndexCorrupt(f"{name} is no graph that runs here: {error}") from error

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of one padded batch: float32 [texts, width].

        Raises:
            LimitExceeded: There is not enough memory for the batch.
            Unavailable: The runtime failed.
        """
        try:
            vectors: NDArray[np.float32] = self._session.run(None, {"ids": ids, "mask": mask})[0]
        except Exception as error:
            if "alloc" in str(error).lower():
                raise LimitExceeded(f"no memory for {ids.shape} tokens in {self._name}") from error
            raise Unavailable(f"{self._name} failed on {ids.shape} tokens: {error}") from error
        return vectors


def read_checked(path: Path, sha256: str) -> bytes:
    """A file's bytes, which are exactly those that were hashed.

    Raises:
        IndexCorrupt: The file is missing, or its hash is another one.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IndexCorrupt(f"{path} cannot be read: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise IndexCorrupt(
            f"{path}: its sha256 is {found}, expected {sha256}",
            hint="'mnemic models pull NAME' makes it anew.",
        )
    return data
