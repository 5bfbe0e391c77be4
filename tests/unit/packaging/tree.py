"""The project's own source files, for tests about its structure."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PARTS = (
    "api",
    "catalogue",
    "eval",
    "indexes",
    "llm",
    "memory",
    "rag",
    "rerank",
    "retrieval",
    "sdk",
    "training",
)


def sources(*folders: str) -> list[Path]:
    """Python files below folders of the project, in a fixed order."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def packages() -> list[str]:
    """Every package of the code as a folder path, e.g. ``retrieval/filters``."""
    inits = [path for path in sources(*PARTS) if path.name == "__init__.py"]
    return [path.parent.relative_to(ROOT).as_posix() for path in inits]


def modules() -> list[str]:
    """Every module of the code by its import name."""
    # Alembic runs its environment and its versions itself; they cannot be imported.
    own = [path for path in sources(*PARTS) if "migrations" not in path.parts]
    names = [path.relative_to(ROOT).with_suffix("") for path in own]
    dotted = [f"mnemic.{'.'.join(name.parts)}".removesuffix(".__init__") for name in names]
    return ["mnemic", "mnemic.errors", "mnemic.settings", "mnemic.types", *dotted]
