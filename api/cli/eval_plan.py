"""What ``mnemic eval run`` is going to do, checked before the first index is built."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnemic.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mnemic.eval.datasets import Dataset
    from mnemic.eval.measures import Measure
    from mnemic.eval.report import Result
    from mnemic.retrieval.protocols import Retriever
    from mnemic.sdk import Collection
    from mnemic.settings import Settings


def plan_of(
    names: Sequence[str],
    retrievers: Sequence[str],
    measure_names: Sequence[str],
    *,
    split: str,
    depth: int | None,
) -> Plan:
    """Read settings, measures, data sets and judgements.

    Raises:
        NotFound: A data set or the split does not exist.
        InvalidInput: A measure or a file is malformed, or two data sets have one name.
    """
    from mnemic.eval import datasets, measures
    from mnemic.settings import Settings

    settings = Settings.from_environment()
    chosen = parse_measures(measure_names)
    needed = measures.depth(chosen, asked=depth)
    loaded = [
        datasets.load(name, split=split, data=settings.data, cache=settings.cache)
        for name in dict.fromkeys(names)
    ]
    seen = [dataset.name for dataset in loaded]
    if len(set(seen)) < len(seen):
        raise InvalidInput(
            f"two data sets have one name: {', '.join(sorted(seen))}", hint="rename a folder"
        )
    return Plan(settings, loaded, tuple(dict.fromkeys(retrievers)), chosen, needed)


def parse_measures(names: Sequence[str]) -> list[Measure]:
    """Measures by name, each once; the default ones when no name is given."""
    from mnemic.eval import measures

    return [measures.parse(name) for name in dict.fromkeys(names or measures.DEFAULT)]


class Plan:
    """Checked arguments of ``mnemic eval run``; made by :func:`plan_of`."""

    def __init__(
        self,
        settings: Settings,
        datasets: list[Dataset],
        retrievers: tuple[str, ...],
        measures: list[Measure],
        depth: int,
    ) -> None:
        self._settings = settings
        self._datasets = datasets
        self._retrievers = retrievers
        self._measures = measures
        self._depth = depth

    def results(self, *, out: Path | None, resume: bool, within: str, quiet: bool) -> list[Result]:
        """Index and run everything, one data set after the other."""
        found: list[Result] = []
        with ExitStack() as stack:
            kept = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mnemic-")))
            for dataset in self._datasets:
                common = {"out": out, "resume": resume, "within": within}
                found += self._of(dataset, kept / "indexes", quiet=quiet, common=common)
        return found

    def _of(
        self, dataset: Dataset, folder: Path, *, quiet: bool, common: dict[str, Any]
    ) -> Iterator[Result]:
        from mnemic.api.cli import eval_anserini
        from mnemic.api.cli.eval_indexes import indexed
        from mnemic.eval.outputs import slug
        from mnemic.eval.report import Result
        from mnemic.eval.runner import run
        from mnemic.eval.splits import is_tuning

        tuning = sum(is_tuning(dataset.name, dataset.split, q.id) for q in dataset.queries)
        with ExitStack() as stack:
            counted = stack.enter_context(_bar(dataset, quiet=quiet))
            collection, indexing = stack.enter_context(
                indexed(
                    dataset,
                    folder / slug(dataset.name),
                    settings=self._settings,
                    resume=common["resume"],
                    check=self._check,
                    progress=counted,
                )
            )
            retriever: Retriever
            for name in self._retrievers:
                if name == eval_anserini.NAME:
                    place = folder / f"{slug(dataset.name)}.{name}"
                    retriever, identity, made = eval_anserini.reference(
                        dataset, place, settings=self._settings, resume=common["resume"]
                    )
                else:
                    retriever, made = collection.retriever(name), indexing
                    identity = collection.analyzer.fingerprint.digest
                with _progress(f"queries, {dataset.name}, {name}", quiet=quiet) as asked:
                    outcome = run(
                        dataset,
                        retriever,
                        name=name,
                        identity=identity,
                        k=self._depth,
                        measures=self._measures,
                        progress=asked,
                        **common,
                    )
                yield Result(outcome, made, tuning)

    def _check(self, empty: Collection) -> None:
        from mnemic.api.cli import eval_anserini

        for name in self._retrievers:
            if name == eval_anserini.NAME:
                eval_anserini.require(self._settings)
            else:
                empty.retriever(name)


@contextmanager
def _bar(dataset: Dataset, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    with _progress(f"documents, {dataset.name}", quiet=quiet) as report:
        total = 0 if quiet else dataset.count_lines()
        yield lambda done: report(done, total)


@contextmanager
def _progress(unit: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with the remaining time on stderr; nothing with --json or without a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    text = TextColumn("{task.description}", markup=False)
    screen = Console(stderr=True)
    with Progress(
        text, BarColumn(), MofNCompleteColumn(), Remaining(), console=screen, transient=True
    ) as bar:
        task = bar.add_task(unit, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
