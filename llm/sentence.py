"""Models of sentence-transformers: texts to vectors under torch, from a local folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mnemic.errors import IndexCorrupt, Unsupported
from mnemic.llm.extras import extra
from mnemic.llm.folders import find_folder
from mnemic.llm.identity import hashes_of, identify
from mnemic.llm.sentence_folder import PACKAGE, SentenceFolder, read_folder
from mnemic.llm.silence import quiet
from mnemic.llm.texts import check_texts, read_tokenizer
from mnemic.llm.torch_loading import (
    choose_device,
    choose_dtype,
    load_errors,
    memory,
    pretrained,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mnemic.settings import Settings
    from mnemic.types import Fingerprint

BATCH_TOKENS = 8_192


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """A loaded model; threads may share it, and wait for each other.

    torch's number of threads is the process's and is left alone: ``OMP_NUM_THREADS`` or
    ``torch.set_num_threads`` choose it.

    Attributes:
        fingerprint: Identity of weights, tokenizer, modules and dtype.
        dims: Width of the vectors.
        window: Most tokens of a text, with the special ones.
        prompts: What the model's makers put before texts, by name; the caller applies them.
        batch: Texts that run together.
        library: The model of the library.
        tokenizer: ``tokenizers.Tokenizer`` that neither cuts nor pads.
    """

    fingerprint: Fingerprint
    dims: int
    window: int
    prompts: Mapping[str, str]
    batch: int
    library: Any
    tokenizer: Any
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(
        cls,
        source: str | Path,
        *,
        dtype: str = "float32",
        device: str = "auto",
        settings: Settings | None = None,
    ) -> Self:
        """A model that is on this machine; nothing is downloaded and no code of it is run.

        All of its files are hashed; the library itself takes some seconds to import.

        Args:
            source: A folder as sentence-transformers saves it, or a hub name whose files are in
                the local hub cache.
            dtype: ``float32`` or ``bfloat16``, to compute in; vectors are float32.
            device: ``cpu``, ``cuda``, ``cuda:1``..., or ``auto`` for CUDA where there is one.
            settings: Whose cache of pulled models; the environment's by default.

        Raises:
            InvalidInput: An argument is none of those.
            NotFound: The model is not here; the hint has the command that fetches it.
            Unsupported: The extra ``[llm]`` is not installed; or the folder has weights that are
                not safetensors, or modules that are not the library's own.
            IndexCorrupt: A file is damaged.
            Unavailable: There is no such device.
        """
        number, where = choose_dtype(dtype), choose_device(device)
        files = read_folder(find_folder(source, settings=settings))
        name = files.folder.name if Path(source).is_dir() else str(source)
        hashes = hashes_of(files.folder, files.files)
        tokenizer = read_tokenizer(files.parts[0] / "tokenizer.json")
        library = _load(files, dtype=number, device=where)
        window = library.max_seq_length
        if not window:
            raise Unsupported(f"{files.folder} does not say how many tokens it takes")
        batch = max(1, BATCH_TOKENS // int(window))
        fingerprint = identify(name, {"dtype": dtype, "window": window, "files": hashes})
        dims = _run(library, ["a"], batch=1).shape[1]
        return cls(fingerprint, dims, int(window), files.prompts, batch, library, tokenizer)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors in the order of the texts, as the model's modules make them.

        No prompt is put before a text. What is over the window is cut: see :meth:`truncated`.

        Returns:
            float32 [texts, dims]. The other texts of a call change a vector by rounding only.

        Raises:
            InvalidInput: A text is no string or no valid Unicode; the message has its position.
            IndexCorrupt: A vector is not finite.
            LimitExceeded: There is not enough memory for a batch.
        """
        check_texts(texts)
        if not texts:
            return np.zeros((0, self.dims), np.float32)
        with self._lock, memory(f"{self.batch} texts in {self.fingerprint.name}"):
            vectors = _run(self.library, texts, batch=self.batch)
        finite = np.isfinite(vectors).all(axis=1)
        if not finite.all():
            place = int(np.argmin(finite))
            raise IndexCorrupt(f"{self.fingerprint.name} gave no finite vector for text {place}")
        return vectors

    def count_tokens(self, text: str) -> int:
        """Tokens of a text without the special ones."""
        check_texts([text])
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def truncated(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Positions of the texts that :meth:`encode` cuts, ascending.

        Raises:
            InvalidInput: A text is no string or no valid Unicode; the message has its position.
        """
        check_texts(texts)
        encoded = self.tokenizer.encode_batch_fast(list(texts))
        return tuple(place for place, each in enumerate(encoded) if len(each.ids) > self.window)


def _load(files: SentenceFolder, *, dtype: Any, device: Any) -> Any:
    library = extra(PACKAGE)
    # The library draws tensors that a file lacks at random and says nothing; this refuses.
    pretrained(
        "AutoModel",
        files.parts[0],
        dtype=dtype,
        device=extra("torch").device("cpu"),
        spare="pooler.",
    )
    with load_errors(files.folder), quiet():
        model = library.SentenceTransformer(
            str(files.folder),
            device=str(device),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": dtype},
        )
        return model.to(dtype=dtype).eval()


def _run(library: Any, texts: Sequence[str], *, batch: int) -> NDArray[np.float32]:
    # An empty prompt is none, where no prompt would be the model's default one.
    vectors = library.encode(
        list(texts), prompt="", batch_size=batch, show_progress_bar=False, convert_to_numpy=True
    )
    return np.ascontiguousarray(vectors, np.float32)
