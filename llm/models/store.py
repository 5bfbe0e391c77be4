"""Where pulled models live, and whether they are still what was pulled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mnemic.errors import IndexCorrupt, NotFound
from mnemic.llm.extras import INSTALL
from mnemic.llm.models.conversion import hash_problems, is_converted, problems
from mnemic.llm.models.files import typed_errors
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
        state: ``unconverted`` means that its files are there, but not what this version of mnemic
            makes of them.
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
        if stored.model.causal:
            needs = f"{command} converts it; that needs {INSTALL}."
            raise NotFound(f"the model {name} is not converted", hint=needs)
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
    return file_problems(stored) + problems(stored.model, stored.folder)


def file_problems(stored: Stored) -> list[str]:
    """What is wrong with the files that came out of the wheel; hashes them."""
    found = (hash_problems(stored.folder / file.name, file.sha256) for file in stored.model.files)
    return [problem for some in found for problem in some]


def _state(model: Model, folder: Path) -> State:
    if _missing(model, folder):
        return "damaged"
    if not is_converted(model, folder):
        return "unconverted"
    return "ready"


def _missing(model: Model, folder: Path) -> list[str]:
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    return [
        f"{folder / file.name} has {sizes.get(file.name, 0):,} bytes, expected {file.size:,}"
        for file in model.files
        if sizes.get(file.name) != file.size
    ]
