"""Which encoder, as data: a collection keeps it in its settings and opens the same one again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from mnemic.errors import InvalidInput, NotFound
from mnemic.indexes.dense.batch import METRICS, Metric
from mnemic.llm.models.store import inspect
from mnemic.llm.models.table import known
from mnemic.llm.onnx.convert import RECEIPT, read_receipt
from mnemic.retrieval.encoders.layouts import prefixes_of, read_layout

if TYPE_CHECKING:
    from mnemic.settings import Settings

Kind: TypeAlias = Literal["dense", "sparse"]
KINDS: tuple[Kind, ...] = ("dense", "sparse")
DEFAULT = "minilm"
SENTENCE = "sentence-transformers:"
ENDPOINT = "openai:"
_SPACES: dict[str, Kind] = {"dense": "dense", "static": "dense", "sparse": "sparse"}
_AT_LEAST = {"dims": 1, "passage_tokens": 1, "passage_overlap": 0, "top_k": 1, "query_top_k": 1}
_DENSE_ONLY = ("dims",)
_SPARSE_ONLY = ("top_k", "query_top_k")


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """The settings of an encoder; plain JSON values, so a catalogue can store them.

    Attributes:
        model: A pulled model (``minilm``, ``splade-tiny``, ``wordllama``), a local folder,
            ``sentence-transformers:NAME_OR_FOLDER``, or ``openai:NAME``.
        kind: ``dense`` gives one vector a passage, ``sparse`` weighted words.
        query_prefix: Stands before every query, as some models were trained with.
        document_prefix: Stands before every passage.
        metric: How two dense vectors are compared.
        dims: Width to ask of an endpoint; ``None`` for the model's own.
        passage_tokens: Most tokens of a passage's text; ``None`` for what the window leaves.
        passage_overlap: Most tokens that neighbouring passages share; never more than half of one.
        top_k: Weights that a sparse passage keeps, the largest; ``None`` for all.
        query_top_k: The same for queries.

    Raises:
        InvalidInput: A value has the wrong type, is out of range, or is of the other kind.
    """

    model: str
    kind: Kind
    query_prefix: str = ""
    document_prefix: str = ""
    metric: Metric = "cosine"
    dims: int | None = None
    passage_tokens: int | None = None
    passage_overlap: int = 40
    top_k: int | None = None
    query_top_k: int | None = None

    def __post_init__(self) -> None:
        _check(self)

    def to_json(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What :meth:`to_json` wrote.

        Raises:
            InvalidInput: A key is unknown or missing, or a value cannot be used.
        """
        if not isinstance(data, Mapping):
            raise InvalidInput(f"an EncoderSpec is an object, not a {type(data).__name__}")
        names = [field.name for field in fields(cls)]
        if unknown := sorted(set(data) - set(names)):
            raise InvalidInput(
                f"EncoderSpec has no {', '.join(unknown)}", hint=f"Known are {', '.join(names)}."
            )
        if missing := sorted({"model", "kind"} - set(data)):
            raise InvalidInput(f"EncoderSpec lacks {', '.join(missing)}")
        return cls(**data)


def spec_of(wanted: str | EncoderSpec) -> EncoderSpec:
    """The spec that a name stands for; a spec stands for itself.

    Args:
        wanted: ``default``, the name of an encoder, or the path of a folder with a model.

    Raises:
        InvalidInput: There is no such encoder, and the hint lists the names; or the folder leaves
            open which vectors its model makes.
        NotFound: The folder holds no model, or a model of sentence-transformers is not here.
        IndexCorrupt: A configuration file in it cannot be read.
        Unsupported: Its model is none that can be opened, or a package is not installed.
    """
    if isinstance(wanted, EncoderSpec):
        return wanted
    if not isinstance(wanted, str):
        raise InvalidInput(f"encoder is a {type(wanted).__name__}", hint=_hint())
    name = DEFAULT if wanted == "default" else wanted
    if name in names():
        return EncoderSpec(name, _SPACES[known()[name].kind])
    if name.startswith(SENTENCE):
        return _spec_of_sentence_model(name)
    if name.startswith(ENDPOINT):
        return EncoderSpec(name, "dense")
    if os.path.isdir(name):  # unlike Path's, it takes any string
        return _spec_of_folder(Path(name).absolute())
    raise InvalidInput(f"there is no encoder {wanted!r}", hint=_hint())


def names() -> tuple[str, ...]:
    """The encoders among the models that ``mnemic models pull`` knows."""
    return tuple(name for name, model in known().items() if model.kind in _SPACES)


def available(name: str, settings: Settings) -> bool:
    """Whether an encoder's files or packages are here; loads nothing.

    An endpoint counts as available: only a request can tell. A name that is none is not.
    """
    model = DEFAULT if name == "default" else name
    if model in names():
        return inspect(model, settings=settings).state == "ready"
    if model.startswith(SENTENCE):
        return find_spec("sentence_transformers") is not None and _is_here(model)
    marks = (RECEIPT, "config.json", "modules.json")
    is_folder = any(os.path.isfile(os.path.join(model, mark)) for mark in marks)
    return is_folder or model.startswith(ENDPOINT)


def _is_here(name: str) -> bool:
    """Whether the files of a model of sentence-transformers are on this machine."""
    try:
        _spec_of_sentence_model(name)
    except (InvalidInput, NotFound):
        return False
    return True


def _spec_of_folder(folder: Path) -> EncoderSpec:
    """The spec of a folder's model, with the prompts that it was trained with."""
    if (folder / RECEIPT).is_file():
        dense = read_receipt(folder).head == "mean"
        return EncoderSpec(str(folder), "dense" if dense else "sparse")
    layout = read_layout(folder)
    if layout.head is None:
        raise InvalidInput(
            f"{folder} does not say whether its vectors are dense or sparse",
            hint="Give an EncoderSpec with this model and a kind.",
        )
    return EncoderSpec(
        str(folder), "dense" if layout.head == "mean" else "sparse", *layout.prefixes
    )


def _spec_of_sentence_model(name: str) -> EncoderSpec:
    """The spec of a model that the library runs, with its prompts; a folder's path is absolute."""
    from mnemic.llm.folders import find_folder
    from mnemic.llm.sentence_folder import read_folder

    source = name.removeprefix(SENTENCE)
    files = read_folder(find_folder(source))
    if os.path.isdir(source):
        name = f"{SENTENCE}{os.path.abspath(source)}"
    return EncoderSpec(name, "dense", *prefixes_of(files.prompts))


def _hint() -> str:
    return (
        f"Known are {', '.join(names())}, {SENTENCE}NAME, {ENDPOINT}NAME, and the path of a "
        "folder with a model."
    )


def _check(spec: EncoderSpec) -> None:
    for name in ("model", "query_prefix", "document_prefix"):
        value = getattr(spec, name)
        if not isinstance(value, str) or not _is_unicode(value):
            raise InvalidInput(f"EncoderSpec.{name}: {value!r} is no string of valid Unicode")
    if not spec.model.strip():
        raise InvalidInput("EncoderSpec.model is empty", hint=_hint())
    for name, known_values in (("kind", KINDS), ("metric", METRICS)):
        if getattr(spec, name) not in known_values:
            raise InvalidInput(
                f"EncoderSpec.{name}: {getattr(spec, name)!r} is not known",
                hint=f"Known are {', '.join(known_values)}.",
            )
    for name, least in _AT_LEAST.items():
        _check_count(name, getattr(spec, name), least)
    for name in _SPARSE_ONLY if spec.kind == "dense" else _DENSE_ONLY:
        if getattr(spec, name) is not None:
            raise InvalidInput(f"EncoderSpec.{name} is not for {spec.kind} encoders")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _check_count(name: str, value: object, least: int) -> None:
    if value is None and name != "passage_overlap":
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"EncoderSpec.{name}: {value!r} is no whole number from {least}")
