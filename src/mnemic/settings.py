"""Where mnemic reads its environment: once, here, and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "MNEMIC_"
# Read by the test suite alone.
FOREIGN = frozenset({"MNEMIC_TEST_ANSERINI", "MNEMIC_TEST_FULL", "MNEMIC_TEST_POSTGRES"})
# What other programs call the same things.
OPENAI = {"OPENAI_BASE_URL": "openai_base_url", "OPENAI_API_KEY": "openai_api_key"}
_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "data": Path,
    "cache": Path,
    "threads": int,
    "lock_wait": float,
    "encode_wait": float,
    "merge_rate": float,
    "merge_memory": int,
    "java": Path,
    "anserini": Path,
    "openai_timeout": float,
    "openai_concurrency": int,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the environment may say; each field is the variable ``MNEMIC_<NAME>``.

    ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY`` count where neither has a variable of its own with
    the prefix: the two always come from one family, so that no key goes to another's address.

    Attributes:
        data: Folder that holds test collections by name (``mnemic eval run --dataset NAME``).
        cache: Folder for unpacked data sets and models.
        catalogue: SQLAlchemy URL of the catalogue; empty for SQLite inside the data folder.
        threads: Worker threads of native batch calls; 0 for one per core.
        lock_wait: Seconds to wait for another writer before ``Conflict``.
        encode_wait: Seconds that a search by vectors waits for documents that the same process has
            added and is still encoding; 0 searches what there is.
        merge_rate: Most bytes a second that merges in the background write; 0 for no limit.
        merge_memory: About how many bytes they may take to index substrings anew.
        java: A Java 21 or newer, for Pyserini: its folder, or its ``java``.
        anserini: Anserini's fatjar.
        openai_base_url: Where the OpenAI-compatible endpoint is, with its ``/v1``.
        openai_api_key: Its key; empty for an endpoint that wants none. Never printed.
        openai_timeout: Seconds that one request to the endpoint may take.
        openai_concurrency: Most requests to the endpoint at the same time.
    """

    data: Path | None = None
    cache: Path = Path.home() / ".cache" / "mnemic"
    catalogue: str = ""
    threads: int = 0
    lock_wait: float = 5.0
    encode_wait: float = 10.0
    merge_rate: float = 0.0
    merge_memory: int = 512 * 2**20
    java: Path | None = None
    anserini: Path | None = None
    openai_base_url: str = "https://api.openai.com/v1"
    openai_api_key: str = field(default="", repr=False)
    openai_timeout: float = 60.0
    openai_concurrency: int = 4

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read ``MNEMIC_*`` variables, and the two ``OPENAI_*`` ones.

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
        values = {known[key]: _convert(key, known[key], variables[key]) for key in given}
        if values.keys().isdisjoint(OPENAI.values()):
            values |= {name: variables[key] for key, name in OPENAI.items() if variables.get(key)}
        return cls(**values)


def java_home(environment: Mapping[str, str] | None = None) -> Path | None:
    """The folder that ``JAVA_HOME`` names, if any."""
    variables = os.environ if environment is None else environment
    return Path(variables["JAVA_HOME"]) if variables.get("JAVA_HOME") else None


def child_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: this one's, with some variables set."""
    return {**os.environ, **additions}


def _convert(variable: str, name: str, value: str) -> Any:
    try:
        return _CONVERTERS.get(name, str)(value)
    except ValueError as error:
        raise InvalidInput(f"{variable}={value!r} is not of the form that it needs") from error
