"""Models of sentence-transformers as encoders: identified by their files, loaded at the first text.

Nothing here loads torch; ``mnemic.llm.sentence`` does, when there is something to encode.
"""

from __future__ import annotations

import logging
import os
from threading import Lock
from typing import TYPE_CHECKING, Literal

from mnemic.errors import IndexCorrupt, Unsupported
from mnemic.llm.folders import find_folder
from mnemic.llm.sentence_folder import read_folder
from mnemic.retrieval.encoders.dense import DenseEncoder, DenseModel
from mnemic.retrieval.encoders.folders import hash_of
from mnemic.retrieval.encoders.identity import fingerprint
from mnemic.retrieval.encoders.loading import Lazy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from mnemic.llm.sentence import SentenceModel
    from mnemic.retrieval.encoders.protocols import DenseVectors
    from mnemic.retrieval.encoders.specs import EncoderSpec
    from mnemic.settings import Settings

PREFIX = "sentence-transformers:"
log = logging.getLogger("mnemic.llm")


class SentenceEncoder:
    """Dense vectors from a model of sentence-transformers; threads may share it.

    Args:
        spec: With a model of the form ``sentence-transformers:NAME_OR_FOLDER``.
        settings: Whose cache of pulled models.

    Raises:
        NotFound: The model is not here; the hint has the command that fetches it.
        Unsupported: The extra ``[llm]`` is not installed, the folder is none that may be opened, or
            the spec asks for sparse vectors or another width.
        IndexCorrupt: A file cannot be read.
    """

    kind: Literal["dense"] = "dense"

    def __init__(self, spec: EncoderSpec, settings: Settings) -> None:
        if spec.kind != "dense":
            raise Unsupported(f"{spec.model} makes dense vectors, not {spec.kind} ones")
        if spec.dims is not None:
            raise Unsupported(f"{spec.model} has vectors of its own width", hint="Leave dims out.")
        source = spec.model.removeprefix(PREFIX)
        files = read_folder(find_folder(source, settings=settings))
        name = files.folder.name if os.path.isdir(source) else source
        hashes = {path.relative_to(files.folder).as_posix(): hash_of(path) for path in files.files}
        self.spec = spec
        self.fingerprint = fingerprint(spec, name=f"{PREFIX}{name}", facts={"files": hashes})
        self._model = _shared(files.folder, source, hashes, settings=settings)
        self._inner = Lazy(self._load)

    @property
    def dims(self) -> int:
        """Width of the vectors; loads the model."""
        return self._inner.get().dims

    @property
    def window(self) -> int:
        """Most tokens of one text, special ones included; loads the model."""
        return self._inner.get().window

    def encode_queries(self, texts: Sequence[str]) -> DenseVectors:
        """One row a question; as those of :class:`DenseEncoder`."""
        return self._inner.get().encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> DenseVectors:
        """One row a passage; as those of :class:`DenseEncoder`."""
        return self._inner.get().encode_documents(texts)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special ones and prefixes."""
        return self._inner.get().count_tokens(text)

    def _load(self) -> DenseEncoder:
        model = self._model.get()
        loaded: Lazy[DenseModel] = Lazy(lambda: _Telling(model))
        return DenseEncoder(
            self.spec, self.fingerprint, dims=model.dims, window=model.window, model=loaded
        )


_lock = Lock()
_models: dict[tuple[Path, tuple[tuple[str, str], ...]], Lazy[SentenceModel]] = {}


def _shared(
    folder: Path, source: str, hashes: dict[str, str], *, settings: Settings
) -> Lazy[SentenceModel]:
    """Specs that differ in prefixes or passages share one loaded model."""

    def load() -> SentenceModel:
        from mnemic.llm.sentence import SentenceModel

        model = SentenceModel.open(source, settings=settings)
        if model.fingerprint.settings["files"] != hashes:
            raise IndexCorrupt(f"{source} was changed since it was opened")
        return model

    with _lock:
        return _models.setdefault((folder.absolute(), tuple(hashes.items())), Lazy(load))


class _Telling:
    """A model that logs how many texts it cuts; the library does not tell."""

    def __init__(self, model: SentenceModel) -> None:
        self._model = model

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if log.isEnabledFor(logging.DEBUG) and (cut := self._model.truncated(texts)):
            log.debug(
                "%d of %d texts are cut at %d tokens", len(cut), len(texts), self._model.window
            )
        return self._model.encode(texts)

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)
