"""The files of one evaluation: a part while it runs, a run and its costs when it is done."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson
import xxhash

import mnemic
from mnemic.errors import Conflict, IndexCorrupt
from mnemic.eval.files import typed_errors, write_atomically
from mnemic.eval.meters import Latency, Stage
from mnemic.eval.partial import PartFile
from mnemic.eval.trec import read_run, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from mnemic.eval.datasets import Dataset
    from mnemic.eval.partial import Rankings
    from mnemic.types import Run

_UNSAFE = re.compile(r"[^A-Za-z0-9_+-]+")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Costs:
    """What a run cost, as it is kept beside the run file.

    Attributes:
        latency: Per query, one at a time.
        queries_per_second: Throughput of batches.
        stages: Seconds, calls and memory.
        resumed: Queries taken over from an interrupted run.
    """

    latency: Latency
    queries_per_second: float
    stages: tuple[Stage, ...]
    resumed: int


def fingerprint(
    dataset: Dataset, retriever: str, identity: str, *, depth: int, within: str = ""
) -> str:
    """Hex hash of everything that a run depends on; reads the corpus once."""
    parts = [dataset.digest(), retriever, identity, depth, within, mnemic.__version__]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(parts))


def slug(name: str) -> str:
    """A file name part for any name: unchanged when it is plain, else marked with a hash."""
    plain = _UNSAFE.sub("-", name)[:_LONGEST]
    if plain == name and plain:
        return name
    return f"{plain}-{xxhash.xxh3_64_hexdigest(name.encode(errors='surrogatepass'))[:8]}"


class Outputs:
    """Where one evaluation keeps its files.

    Args:
        folder: The output folder.
        names: Data set, retriever and split.
        key: Fingerprint of what the results depend on.
    """

    def __init__(self, folder: Path, names: tuple[str, str, str], key: str) -> None:
        stem = ".".join(map(slug, names))
        self.path = folder / f"{stem}.trec"
        self._costs = folder / f"{stem}.costs.json"
        self._part = folder / f"{stem}.trec.part"
        self._key = key

    def part(self, *, resume: bool) -> PartFile:
        """The part file, locked for this process."""
        return PartFile(self._part, fingerprint=self._key, resume=resume)

    def finish(self, run: Run, costs: Costs) -> None:
        """Put the finished run and its costs in place, each by one rename."""
        write_run(self.path, run)
        record = {"fingerprint": self._key, "run_digest": self._digest(), **asdict(costs)}
        write_atomically(self._costs, [orjson.dumps(record, option=orjson.OPT_INDENT_2), b"\n"])

    def finished(self) -> tuple[Costs, Rankings] | None:
        """What a finished evaluation left, or ``None`` when it did not come so far.

        Raises:
            Conflict: The files belong to another evaluation.
            IndexCorrupt: They were changed since.
        """
        if self._part.exists() or not (self._costs.exists() and self.path.exists()):
            return None
        record = self._record()
        if record["fingerprint"] != self._key:
            raise Conflict(
                f"{self.path} was made with another data set, retriever, depth or version",
                hint="run without --resume to replace it, or use another --out",
            )
        if record["run_digest"] != self._digest():
            raise IndexCorrupt(f"{self.path} was changed", hint="run without --resume")
        return _costs(record), {q: dict(found) for q, found in read_run(self.path).rankings.items()}

    def _digest(self) -> str:
        with typed_errors(self.path):
            return xxhash.xxh3_128_hexdigest(self.path.read_bytes())

    def _record(self) -> dict[str, Any]:
        with typed_errors(self._costs):
            content = self._costs.read_bytes()
        try:
            record: dict[str, Any] = orjson.loads(content)
            _costs(record)
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise IndexCorrupt(f"{self._costs} is damaged", hint="run without --resume") from error
        return record


def _costs(record: dict[str, Any]) -> Costs:
    values = record["latency"]
    latency = Latency(**{**values, "values": tuple(values["values"])})
    stages = tuple(Stage(**stage) for stage in record["stages"])
    return Costs(latency, record["queries_per_second"], stages, record["resumed"])
