"""From a spec to an encoder: found at once, loaded at the first text, shared by all who ask."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from mnemic.errors import IndexCorrupt, Unsupported
from mnemic.retrieval.encoders.dense import DenseEncoder, DenseModel
from mnemic.retrieval.encoders.folders import local
from mnemic.retrieval.encoders.identity import identify
from mnemic.retrieval.encoders.loading import Lazy
from mnemic.retrieval.encoders.protocols import Encoder
from mnemic.retrieval.encoders.sources import Source, pulled
from mnemic.retrieval.encoders.sparse import SparseEncoder
from mnemic.retrieval.encoders.specs import ENDPOINT, SENTENCE, names

if TYPE_CHECKING:
    from mnemic.llm.onnx.text_model import TextModel
    from mnemic.retrieval.encoders.specs import EncoderSpec, Kind
    from mnemic.settings import Settings


class TextEncoder(Encoder[Any], Protocol):
    """An encoder as collections use it: it knows its spec and how long a text may be."""

    @property
    def spec(self) -> EncoderSpec:
        """The settings that it was opened with."""
        ...

    @property
    def kind(self) -> Kind:
        """Whether ``DenseVectors`` or ``SparseVectors`` come out."""
        ...

    @property
    def dims(self) -> int:
        """Width of dense vectors, or the size of the vocabulary."""
        ...

    @property
    def window(self) -> int:
        """Most tokens of one text, special ones included."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special ones and prefixes."""
        ...


_lock = Lock()
_opened: dict[tuple[EncoderSpec, Settings], TextEncoder] = {}
_models: dict[tuple[Source, int], Lazy[Any]] = {}


def open_encoder(spec: EncoderSpec, settings: Settings) -> TextEncoder:
    """The encoder of a spec; every call in this process gets the same one.

    Nothing is loaded or sent yet, and the fingerprint never needs it. Cost: reading names, sizes
    and a receipt, below a millisecond; a folder of the user's own is hashed the first time, and
    converted the first time ever.

    Raises:
        NotFound: The model is not there; the hint has the command that fetches it.
        IndexCorrupt: A file is missing or altered. Hashes are compared when the model loads.
        Unsupported: The model cannot make vectors of this kind, or a package is not installed.
        Unauthenticated: The default endpoint needs a key.
    """
    encoder = _open(spec, settings)
    with _lock:
        known = _opened.get((spec, settings))
        # A model that was pulled anew since then has another identity.
        if known is None or known.fingerprint != encoder.fingerprint:
            known = _opened[spec, settings] = encoder
        return known


def _open(spec: EncoderSpec, settings: Settings) -> TextEncoder:
    if spec.model.startswith((SENTENCE, ENDPOINT)):
        return _elsewhere(spec, settings)
    source = _source(spec, settings)
    model = _model(source, settings.threads)
    identity = identify(spec, source)
    make = DenseEncoder if source.kind == "dense" else SparseEncoder
    return make(spec, identity, dims=source.dims, window=source.window, model=model)


def _elsewhere(spec: EncoderSpec, settings: Settings) -> TextEncoder:
    """Encoders that another library or another machine runs."""
    if spec.model.startswith(ENDPOINT):
        from mnemic.retrieval.encoders.remote import RemoteEncoder

        return RemoteEncoder(spec, settings)
    from mnemic.retrieval.encoders.sentence import SentenceEncoder

    return SentenceEncoder(spec, settings)


def _source(spec: EncoderSpec, settings: Settings) -> Source:
    is_ours = spec.model in names()
    source = pulled(spec.model, settings) if is_ours else local(spec, settings)
    if source.kind != spec.kind:
        raise Unsupported(f"{spec.model} makes {source.kind} vectors, not {spec.kind} ones")
    if spec.dims not in (None, source.dims):
        raise Unsupported(
            f"{spec.model} makes vectors of {source.dims} numbers, not {spec.dims}",
            hint="Only an endpoint can be asked for others.",
        )
    return source


def _model(source: Source, threads: int) -> Lazy[Any]:
    """Specs that differ in prefixes or passages share one loaded model."""
    with _lock:
        if (source, threads) not in _models:
            load = _load_static if source.pooling == "static" else _load_graph
            _models[source, threads] = Lazy(lambda: load(source, threads))
        return _models[source, threads]


def _load_graph(source: Source, threads: int) -> TextModel:
    from mnemic.llm.onnx.text_model import TextModel

    model = TextModel.open(source.folder, threads=threads, tokenizer_sha256=source.tokenizer)
    if model.receipt is None or model.receipt.sha256 != source.graph:
        raise IndexCorrupt(f"{source.folder} was pulled anew since {source.name} was opened")
    return model


def _load_static(source: Source, threads: int) -> DenseModel:
    from mnemic.llm.models.files import check_sha256
    from mnemic.llm.static import StaticModel

    del threads  # one pass of numpy
    check_sha256(source.folder / "model.safetensors", source.weights)
    check_sha256(source.folder / "tokenizer.json", source.tokenizer)
    return StaticModel.open(source.folder, window=source.window)
