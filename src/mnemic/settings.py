"""Where mnemic reads its environment: once, here, and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "MNEMIC_"
# Read by the test suite alone.
FOREIGN = frozenset({"MNEMIC_TEST_FULL", "MNEMIC_TEST_POSTGRES"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the environment may say; each field is the variable ``MNEMIC_<NAME>``.

    Attributes:
        data: Folder that holds test collections by name (``mnemic eval run --dataset NAME``).
        cache: Folder for unpacked data sets and models.
        catalogue: SQLAlchemy URL of the catalogue; empty for SQLite inside the data folder.
        threads: Worker threads of native batch calls; 0 for one per core.
        lock_wait: Seconds to wait for another writer before ``Conflict``.
    """

    data: Path | None = None
    cache: Path = Path.home() / ".cache" / "mnemic"
    catalogue: str = ""
    threads: int = 0
    lock_wait: float = 5.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read ``MNEMIC_*`` variables.

        Raises:
            InvalidInput: A variable is unknown or its value has the wrong form.
        """
        variables = os.environ if environment is None else environment
        known = {PREFIX + item.name.upper(): item.name for item in fields(cls)}
        given = {key for key in variables if key.startswith(PREFIX)} - FOREIGN
        if unknown := sorted(given - known.keys()):
            raise InvalidInput(
                f"unknown environment variables: {', '.join(unknown)}",
                hint=f"known are {', '.join(sorted(known))}",
            )
        return cls(**{known[key]: _convert(key, known[key], variables[key]) for key in given})


def _convert(variable: str, name: str, value: str) -> Any:
    converters = {"data": Path, "cache": Path, "catalogue": str, "threads": int, "lock_wait": float}
    try:
        return converters[name](value)
    except ValueError as error:
        raise InvalidInput(f"{variable}={value!r} is not of the form that it needs") from error
